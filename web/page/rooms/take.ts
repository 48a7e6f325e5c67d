// Room 8: take it along. Whatever was trained last, as a model file that the program opens, as other
// programs read it, as a picture, a film, a link.
import { button, numberBox } from "../controls.ts";
import { number } from "../address.ts";
import { announce, download, fillIn, h, rich } from "../dom.ts";
import { toPng } from "../pictures.ts";
import { Room } from "../room.ts";
import { taken, type Offer } from "../taken.ts";
import { t } from "../text/text.ts";
import type { PaintingRoom } from "./painting.ts";

const fields = { side: number(800, 16, 4096, true) };

export interface TakeShell { roomNamed(id: string): Room | undefined; hashOf(id: string): string; settled(): Promise<void> }

export class TakeRoom extends Room<typeof fields> {
    readonly id = "take";
    private complaint = h("p");
    private visit = 0;

    constructor() { super(fields); }

    // What was asked of the room that one comes from is done first: its last steps belong to what is taken.
    mount(host: HTMLElement): void {
        const visit = ++this.visit;
        const wait = h("p", { class: "hint", "data-busy": "" }, t.take.waiting);
        host.append(wait);
        this.onLeave(() => this.visit++);
        void this.bringBack().then(() => (this.shell as unknown as TakeShell).settled()).then(() => {
            if (visit !== this.visit) return;
            wait.remove();
            this.fill(host);
        });
    }

    // After a reload the room that the network came from opens it again, unseen.
    private async bringBack(): Promise<void> {
        const room = taken.before ? (this.shell as unknown as TakeShell).roomNamed(taken.before) : undefined;
        if (!room) return;
        room.mount(h("div"));
        await room.settled();
        room.unmount();
    }

    private fill(host: HTMLElement): void {
        const last = taken.last;
        this.complaint = h("p", { class: "complaint", role: "alert" });
        if (!last) {
            host.append(h("div", { class: "card" }, h("p", {}, rich(t.take.nothing)),
                h("div", { class: "row" }, button(t.take.toLayers, () => this.shell.go("#layers"), "main"), button(t.take.toPainting, () => this.shell.go("#painting")))));
            return;
        }
        const shell = this.shell as unknown as TakeShell;
        const link = location.href.replace(/#.*$/, "") + shell.hashOf(last.room);
        const address = h("textarea", { rows: 3, readonly: true, "aria-label": t.take.link, spellcheck: "false" });
        address.value = link;
        const files = h("div", { class: "row" }, button(t.take.model, () => void this.saveModel(), "main", { "data-do": "model" }));
        if (last.points) files.append(button(t.take.points, () => download(new TextEncoder().encode(last.points!()), "points.csv", "text/csv"), "", { "data-do": "points" }));
        if (last.source) files.append(button(t.take.source, () => void this.guarded(async () => download(await toPng(last.source!.picture()), last.source!.name, "image/png")), "", { "data-do": "points" }));
        host.append(h("div", { class: "stack" },
            h("p", { class: "hint" }, fillIn(t.take.what, { room: t.rooms[last.room as keyof typeof t.rooms].title })),
            h("div", { class: "stage even" },
                h("div", { class: "card" }, h("h2", {}, t.take.network), h("p", { class: "hint", style: "margin-bottom:.7rem" }, rich(t.take.networkHint)), files, this.exportList(), this.complaint),
                h("div", { class: "stack" },
                    h("div", { class: "card" }, h("h2", {}, t.take.link), h("p", { class: "hint", style: "margin-bottom:.5rem" }, t.take.linkHint), address,
                        h("div", { class: "row", style: "margin-top:.5rem" }, button(t.take.copy, () => void this.copy(link, address)))),
                    this.pictureCard(), this.filmCard())),
            this.programCard()));
    }

    private async guarded(work: () => Promise<void>): Promise<void> {
        this.complaint.textContent = "";
        try {
            await work();
        } catch (error) {
            this.complaint.textContent = (error as Error).message;
        }
    }

    private save(ending: string, make: (last: Offer, file: string) => Promise<Uint8Array>): Promise<void> {
        return this.guarded(async () => {
            const last = taken.last!;
            const file = `${last.model}.${ending}`;
            download(await make(last, file), file, "application/octet-stream");
            announce(fillIn(t.take.saved, { name: file }));
        });
    }

    private saveModel(): Promise<void> {
        return this.save("safetensors", (last) => this.shell.core.save(last.id, last.names));
    }

    // What the library exports to. A target that cannot hold this network refuses it with a sentence.
    private exportList(): HTMLElement {
        const list = h("ul", { class: "exports" });
        void this.guarded(async () => {
            const targets = await this.shell.core.exportTargets();
            list.append(...targets.map(({ name, help }) => h("li", {},
                button(`.${name}`, () => void this.save(name, (last, file) => this.shell.core.exportAs(last.id, file, last.names)), "small", { "data-export": name, "aria-describedby": `export-${name}` }),
                h("span", { class: "hint", id: `export-${name}` }, t.take.targets[name] ?? help))));
        });
        return h("div", { class: "export-part" }, h("h2", {}, t.take.others), list);
    }

    private async copy(link: string, box: HTMLTextAreaElement): Promise<void> {
        try {
            await navigator.clipboard.writeText(link);
        } catch {
            box.select(); // where the clipboard is closed to pages, Ctrl+C remains
        }
        announce(t.take.copied);
    }

    private pictureCard(): HTMLElement {
        const picture = taken.last!.picture;
        const card = h("div", { class: "card" }, h("h2", {}, t.take.picture));
        if (!picture) {
            card.append(h("p", { class: "hint" }, t.take.noPicture));
            return card;
        }
        const side = numberBox({ label: t.take.side, value: this.values.side, min: 16, max: 4096, step: 1, change: (v) => this.set({ side: Math.round(v) }) });
        card.append(h("p", { class: "hint", style: "margin-bottom:.5rem" }, t.take.pictureHint), h("div", { class: "row end" }, side.element,
            button(t.take.png, () => void this.guarded(async () => {
                const scale = this.values.side / Math.max(picture.width, picture.height);
                const drawn = await this.shell.core.render(taken.last!.id, { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
                download(await toPng(drawn), "painting.png", "image/png");
            }), "", { "data-do": "png" })));
        return card;
    }

    private filmCard(): HTMLElement {
        const shell = this.shell as unknown as TakeShell;
        const film = (shell.roomNamed("painting") as PaintingRoom | undefined)?.film;
        const card = h("div", { class: "card" }, h("h2", {}, t.take.film));
        if (!film || film.frames.length < 3 || typeof MediaRecorder === "undefined") {
            card.append(h("p", { class: "hint" }, t.take.noFilm));
            return card;
        }
        const make = button(t.take.makeFilm, () => void this.guarded(async () => {
            make.disabled = true;
            make.textContent = t.take.recording;
            const { blob, ending } = await film.record(480);
            make.disabled = false;
            make.textContent = t.take.makeFilm;
            download(blob, `painting.${ending}`, blob.type);
        }), "", { "data-do": "film" });
        card.append(h("p", { class: "hint", style: "margin-bottom:.5rem" }, fillIn(t.take.filmHint, { n: film.frames.length, last: film.frames[film.frames.length - 1]!.epoch })), make);
        return card;
    }

    private programCard(): HTMLElement {
        const same = taken.last!.program();
        const block = (title: string, text: string): HTMLElement => h("div", {}, h("h2", {}, title), h("pre", { tabindex: 0, "aria-label": title }, text));
        return h("div", { class: "card" }, ...(same ? [block(t.program.shell, same.shell), block("C", same.c), block("Python", same.python)] : []));
    }
}
