// The painting's states while it learned, thinned out so that the film of an hour is as long as that
// of a minute, and takes no more memory.
import type { Picture } from "../core/api.ts";
import { toImage } from "./pictures.ts";
import { h, pause } from "./dom.ts";

const MOST = 100; // states
const MOST_BYTES = 16e6; // of large pictures there are fewer
const FEWEST = 24;

export class Film {
    frames: { image: ImageData; epoch: number }[] = [];
    private every = 1;
    private seen = 0;

    clear(): void {
        this.frames = [];
        this.every = 1;
        this.seen = 0;
    }

    add(picture: Picture, epoch: number): void {
        if (this.frames[this.frames.length - 1]?.epoch === epoch && epoch === 0) return;
        if (this.seen++ % this.every) return;
        this.frames.push({ image: toImage(picture), epoch });
        const room = MOST_BYTES / (4 * picture.width * picture.height);
        if (this.frames.length < Math.max(FEWEST, Math.min(MOST, room))) return;
        this.frames = this.frames.filter((_, i) => i % 2 === 0);
        this.every *= 2;
    }

    // WebM, or what else this browser's recorder makes; in real time, 20 pictures a second.
    async record(side: number): Promise<{ blob: Blob; ending: string }> {
        const first = this.frames[0]!.image;
        const scale = Math.max(1, Math.round(side / Math.max(first.width, first.height)));
        const canvas = h("canvas", { width: first.width * scale, height: first.height * scale });
        const small = h("canvas", { width: first.width, height: first.height });
        const context = canvas.getContext("2d")!;
        context.imageSmoothingEnabled = false;
        const stream = canvas.captureStream(20);
        const type = ["video/webm", "video/mp4"].find((one) => MediaRecorder.isTypeSupported(one)) ?? "";
        const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 4_000_000 });
        const parts: Blob[] = [];
        recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
        const ended = new Promise((resolve) => recorder.addEventListener("stop", resolve));
        recorder.start();
        for (const frame of this.frames) {
            small.getContext("2d")!.putImageData(frame.image, 0, 0);
            context.drawImage(small, 0, 0, canvas.width, canvas.height);
            await pause(50);
        }
        await pause(400);
        recorder.stop();
        await ended;
        stream.getTracks().forEach((track) => track.stop());
        return { blob: new Blob(parts, { type }), ending: type.endsWith("mp4") ? "mp4" : "webm" };
    }
}
