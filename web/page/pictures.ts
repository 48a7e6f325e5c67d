// Pictures in and out of the page. The one that is painted is shared by the rooms that paint.
import type { Picture } from "../core/api.ts";
import { fillIn, h } from "./dom.ts";
import { keep, kept } from "./store.ts";
import { t } from "./text/text.ts";
import bird from "../../examples/bird.png";

export function toImage(p: Picture): ImageData {
    const image = new ImageData(p.width, p.height);
    for (let i = 0; i < p.width * p.height; i++) {
        for (let c = 0; c < 3; c++) image.data[4 * i + c] = Math.round(255 * p.pixels[i * p.channels + (p.channels >= 3 ? c : 0)]!);
        image.data[4 * i + 3] = 255;
    }
    return image;
}

export function fromImage(image: ImageData): Picture {
    const n = image.width * image.height;
    const pixels = new Float32Array(3 * n);
    for (let i = 0; i < n; i++) for (let c = 0; c < 3; c++) pixels[3 * i + c] = image.data[4 * i + c]! / 255;
    return { pixels, width: image.width, height: image.height, channels: 3 };
}

export function drawPicture(canvas: HTMLCanvasElement, p: Picture): void {
    if (canvas.width !== p.width || canvas.height !== p.height) {
        canvas.width = p.width;
        canvas.height = p.height;
    }
    canvas.getContext("2d")!.putImageData(toImage(p), 0, 0);
}

export async function toPng(p: Picture): Promise<Uint8Array> {
    const canvas = h("canvas");
    drawPicture(canvas, p);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    return new Uint8Array(await blob!.arrayBuffer());
}

// Pixels at the longer side of a kept picture: more than a page learns, and it fits into its memory.
const KEPT = 512;

function scaled(source: CanvasImageSource, width: number, height: number, longest: number): HTMLCanvasElement {
    const scale = Math.min(1, longest / Math.max(width, height));
    const w = Math.max(1, Math.round(width * scale));
    const hh = Math.max(1, Math.round(height * scale));
    const canvas = h("canvas", { width: w, height: hh });
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    context.fillStyle = "#fff"; // transparent pictures are painted on white
    context.fillRect(0, 0, w, hh);
    context.imageSmoothingQuality = "high";
    context.drawImage(source, 0, 0, w, hh);
    return canvas;
}

type Drawn = ImageBitmap | HTMLCanvasElement;

export async function decode(blob: Blob, name: string): Promise<Drawn> {
    try {
        return await createImageBitmap(blob);
    } catch {
        return drawing(blob).catch(() => { throw new Error(fillIn(t.picture.broken, { name })); });
    }
}

// SVG, which browsers decode in an <img> alone; scripts in it do not run there. One without a size of
// its own gets the browser's.
async function drawing(blob: Blob): Promise<HTMLCanvasElement> {
    const url = URL.createObjectURL(new Blob([blob], { type: "image/svg+xml" }));
    try {
        const image = h("img", { src: url });
        await image.decode();
        const scale = KEPT / Math.max(image.width, image.height);
        const canvas = h("canvas", { width: Math.max(1, Math.round(image.width * scale)), height: Math.max(1, Math.round(image.height * scale)) });
        const context = canvas.getContext("2d")!;
        context.drawImage(image, 0, 0, canvas.width, canvas.height);
        context.getImageData(0, 0, 1, 1); // a drawing with pages in it may be drawn, not read
        return canvas;
    } finally {
        URL.revokeObjectURL(url);
    }
}

// The picture in work: the bird until another one is brought.
class Source {
    name = "bird.png";
    own = false;
    private full: Drawn | null = null;

    async open(): Promise<Drawn> {
        if (this.full) return this.full;
        const last = kept<{ name: string; data: string }>("picture");
        if (last) {
            try {
                this.full = await decode(await (await fetch(last.data)).blob(), last.name);
                this.name = last.name;
                this.own = true;
                return this.full;
            } catch {
                keep("picture", null);
            }
        }
        const bytes = new Uint8Array(bird);
        this.full = await decode(new Blob([bytes], { type: "image/png" }), "bird.png");
        return this.full;
    }

    async take(blob: Blob, name: string): Promise<void> {
        const image = await decode(blob, name);
        this.use(image, image.width, image.height, name);
    }

    use(source: CanvasImageSource, width: number, height: number, name: string): void {
        const canvas = scaled(source, width, height, KEPT);
        keep("picture", { name, data: canvas.toDataURL("image/png") });
        this.name = name;
        this.own = true;
        this.full = canvas; // a browser that keeps nothing has it all the same
    }

    back(): void {
        keep("picture", null);
        this.full = null;
        this.own = false;
        this.name = "bird.png";
    }

    // What the command calls the picture that was learned from. The bird is the one that the program
    // comes with; every other one is as the page has it, scaled, and room 8 saves it.
    fileName(picture: Picture): string {
        const whole = !this.own && picture.width === this.full?.width && picture.height === this.full.height;
        const stem = this.name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}_-]+/gu, "-") || "picture";
        return whole ? this.name : `${stem}-${picture.width}x${picture.height}.png`;
    }

    async picture(longest: number): Promise<Picture> {
        const image = await this.open();
        const canvas = scaled(image, image.width, image.height, longest);
        return fromImage(canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height));
    }
}

export const source = new Source();

// Dropping on, pasting into, choosing from, and the camera: one way in each.
export function pictureInputs(target: HTMLElement, changed: () => void, complain: (text: string) => void, onLeave: (what: () => void) => void): HTMLElement {
    const take = async (file: Blob | null | undefined, name: string): Promise<void> => {
        if (!file) return;
        try {
            await source.take(file, name);
            changed();
        } catch (error) {
            complain((error as Error).message);
        }
    };
    target.classList.add("drop");
    target.dataset["drop"] = t.picture.drop;
    target.addEventListener("dragover", (event) => { event.preventDefault(); target.classList.add("over"); });
    target.addEventListener("dragleave", () => target.classList.remove("over"));
    target.addEventListener("drop", (event) => {
        event.preventDefault();
        target.classList.remove("over");
        const file = event.dataTransfer?.files[0];
        void take(file, file?.name ?? "");
    });
    const paste = (event: ClipboardEvent): void => {
        const file = event.clipboardData?.files[0];
        if (file) void take(file, file.name);
    };
    addEventListener("paste", paste);
    onLeave(() => removeEventListener("paste", paste));
    const input = h("input", { type: "file", accept: "image/*", class: "unseen", tabindex: -1, "aria-hidden": "true", id: "picture-file" });
    input.addEventListener("change", () => { void take(input.files?.[0], input.files?.[0]?.name ?? ""); input.value = ""; });
    const small = (label: string, press: () => void): HTMLElement => h("button", { type: "button", class: "button small", on: { click: press } }, label);
    return h("div", { class: "row" }, input,
        small(t.picture.open, () => input.click()),
        small(t.picture.camera, () => void camera(target, changed, complain, onLeave)),
        small(t.picture.bird, () => { source.back(); changed(); }));
}

async function camera(target: HTMLElement, changed: () => void, complain: (text: string) => void, onLeave: (what: () => void) => void): Promise<void> {
    let stream: MediaStream;
    if (target.querySelector("video")) return; // it is open
    try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
    } catch {
        complain(t.picture.noCamera);
        return;
    }
    if (!target.isConnected || target.querySelector("video")) { // the room was left while the browser asked, or asked twice
        stream.getTracks().forEach((track) => track.stop());
        return;
    }
    const video = h("video", { autoplay: true, playsinline: true, muted: true, style: "width:100%;border-radius:8px", "aria-label": t.picture.camera });
    video.srcObject = stream;
    const close = (): void => { stream.getTracks().forEach((track) => track.stop()); box.remove(); };
    const box = h("div", { class: "stack", style: "margin-top:.6rem" }, video, h("div", { class: "row" },
        h("button", { type: "button", class: "button main", on: { click: () => {
            const side = Math.min(video.videoWidth, video.videoHeight);
            if (side === 0) return; // there is no picture yet
            const cut = h("canvas", { width: side, height: side });
            cut.getContext("2d")!.drawImage(video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, side, side);
            source.use(cut, side, side, t.picture.cameraName);
            close();
            changed();
        } } }, t.picture.shoot),
        h("button", { type: "button", class: "button", on: { click: close } }, t.close)));
    target.append(box);
    onLeave(close);
    await video.play().catch(() => {}); // it was closed before there was a picture
}
