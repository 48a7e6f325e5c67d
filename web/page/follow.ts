// A training of the program, over loopback: each request is held open until there is something new. An
// answer is a line of JSON, then the bytes (height, width, 3) of the original, the first time, and of a picture if there is a newer one.
import type { Picture } from "../core/api.ts";

export interface Row { epoch: number; samples: number; loss: number; psnr: number; validation: number; rate: number; seconds: number }
export type State = "training" | "finishing" | "done" | "interrupted" | "failed";
type Size = [width: number, height: number];
type Head = {
    state: number; name: State; title: string; text?: string; epochs: number | null; share: number | null; seconds: number;
    original: Size | null; painted: Size | null; picture: number; generation: number; from: number; rows: (number | null)[][]; latest: (number | null)[] | null;
};

function rowOf(numbers: (number | null)[]): Row {
    const [epoch, samples, loss, psnr, validation, rate, seconds] = numbers.map((v) => v ?? NaN) as [number, number, number, number, number, number, number];
    return { epoch, samples, loss, psnr, validation, rate, seconds };
}

export class Follow {
    rows: Row[] = []; // of thousands of epochs those that a curve needs
    latest: Row | null = null;
    state: State = "training";
    lost = false; // the program does not answer any more
    title = "";
    text = ""; // what it has printed at its end
    epochs = NaN; // how many there will be
    share = NaN; // of work without epochs
    seconds = 0;
    picture: Picture | null = null;
    original: Picture | null = null;
    private number = 0; // of the state
    private pictures = 0;
    private generation = 0; // of the rows

    constructor(private readonly token: string) {}

    get over(): boolean {
        return this.lost || this.state === "done" || this.state === "interrupted" || this.state === "failed";
    }

    private async ask(path: string, method = "GET"): Promise<Response> {
        const answer = await fetch(`${path}${path.includes("?") ? "&" : "?"}token=${this.token}`, { method, cache: "no-store" });
        if (!answer.ok) throw new Error(await answer.text());
        return answer;
    }

    // Waits for what is new. An error: the program is not there, or does not know the token.
    async next(): Promise<void> {
        const answer = await this.ask(`follow?row=${this.rows.length}&generation=${this.generation}&epoch=${this.latest?.epoch ?? 0}&picture=${this.pictures}&state=${this.number}&original=${this.original ? 1 : 0}`);
        const bytes = new Uint8Array(await answer.arrayBuffer());
        let at = bytes.indexOf(10);
        const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, at++))) as Head;
        const image = (size: Size | null): Picture | null => {
            if (!size) return null;
            const [width, height] = size;
            const part = bytes.subarray(at, (at += 3 * width * height));
            return { pixels: Float32Array.from(part, (v) => v / 255), width, height, channels: 3 };
        };
        this.original = image(head.original) ?? this.original;
        this.picture = image(head.painted) ?? this.picture;
        this.rows = [...this.rows.slice(0, head.from), ...head.rows.map(rowOf)];
        this.latest = head.latest && rowOf(head.latest);
        this.generation = head.generation;
        Object.assign(this, { state: head.name, number: head.state, title: head.title, text: head.text ?? "", epochs: head.epochs ?? NaN, share: head.share ?? NaN, seconds: head.seconds, pictures: head.picture });
    }

    async stop(): Promise<void> {
        await this.ask("stop", "POST");
    }
}
