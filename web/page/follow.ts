// A training of the program, over loopback: each request is held open until there is something new. An
// answer is a line of JSON, then the bytes of a picture (height, width, 3) if there is a newer one.
import type { Picture } from "../core/api.ts";

export interface Row { epoch: number; samples: number; loss: number; psnr: number; validation: number; rate: number; seconds: number }
export type State = "training" | "finishing" | "done" | "interrupted" | "failed";
type Head = {
    state: number; name: State; title: string; text?: string; epochs: number | null; share: number | null; seconds: number;
    original: boolean; picture: number; width: number; height: number; generation: number; from: number; rows: (number | null)[][]; latest: (number | null)[] | null;
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
        const answer = await this.ask(`follow?row=${this.rows.length}&generation=${this.generation}&epoch=${this.latest?.epoch ?? 0}&picture=${this.pictures}&state=${this.number}`);
        const { head, picture } = split<Head>(await answer.arrayBuffer());
        this.rows = [...this.rows.slice(0, head.from), ...head.rows.map(rowOf)];
        this.latest = head.latest && rowOf(head.latest);
        this.generation = head.generation;
        Object.assign(this, { state: head.name, number: head.state, title: head.title, text: head.text ?? "", epochs: head.epochs ?? NaN, share: head.share ?? NaN, seconds: head.seconds, pictures: head.picture });
        if (picture) this.picture = picture;
        if (head.original && !this.original) this.original = split<object>(await (await this.ask("original")).arrayBuffer()).picture;
    }

    async stop(): Promise<void> {
        await this.ask("stop", "POST");
    }
}

function split<T>(answer: ArrayBuffer): { head: T; picture: Picture | null } {
    const bytes = new Uint8Array(answer);
    const end = bytes.indexOf(10);
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) as T & { width: number; height: number };
    const rest = bytes.subarray(end + 1);
    const picture = rest.length ? { pixels: Float32Array.from(rest, (v) => v / 255), width: head.width, height: head.height, channels: 3 } : null;
    return { head, picture };
}
