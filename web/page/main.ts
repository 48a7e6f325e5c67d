// The page around the rooms: head, address, language, light and dark, keys, and the worker in
// which libpensel runs.
import type { Core } from "../core/api.ts";
import { addressText, parseAddress, readFields, writeFields } from "./address.ts";
import { AddressBar } from "./address_bar.ts";
import { forgetTheme } from "./colour.ts";
import { h, makeAnnouncer, fillIn, rich } from "./dom.ts";
import { Lesson } from "./lesson.ts";
import { programView } from "./program.ts";
import type { Room, Shell } from "./room.ts";
import { icons } from "./icons.ts";
import { keep, keepInTab, kept, keptInTab, reloaded } from "./store.ts";
import { language, languages, setLanguage, t } from "./text/text.ts";
import { NeuronRoom } from "./rooms/neuron.ts";
import { ActivationsRoom } from "./rooms/activations.ts";
import { PerceptronRoom } from "./rooms/perceptron.ts";
import { LayersRoom } from "./rooms/layers.ts";
import { PaintingRoom } from "./rooms/painting.ts";
import { ClassesRoom } from "./rooms/classes.ts";
import { PlaygroundRoom } from "./rooms/playground.ts";
import { TakeRoom } from "./rooms/take.ts";
import { WatchRoom } from "./rooms/watch.ts";

export type RoomName = keyof typeof t.rooms;

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

// What may stand in any room's address.
const shared = ["lang", "lesson"];

export class App implements Shell {
    private rooms: Room[]; // of the story, in its order
    private readonly watch = new WatchRoom() as unknown as Room; // beside it
    private room: Room;
    private main = h("main", { tabindex: -1, id: "main" });
    private notices = h("div");
    private nav = h("nav", { class: "rooms" });
    private head = h("header", { class: "head" });
    private foot = h("footer", { class: "foot" });
    private lesson: Lesson;
    private bar = new AddressBar(() => this.hash(this.room), () => this.linkNav());

    constructor(readonly core: Core, readonly second: () => Promise<Core | null>) {
        this.rooms = [new NeuronRoom(), new ActivationsRoom(), new PerceptronRoom(), new LayersRoom(),
            new PaintingRoom(), new ClassesRoom(), new PlaygroundRoom(), new TakeRoom()] as Room[];
        this.room = this.rooms[0]!;
        for (const room of [...this.rooms, this.watch]) room.shell = this;
        this.lesson = new Lesson(this);
    }

    start(): void {
        const skip = h("a", { href: "#main", class: "skip", on: { click: (e) => { e.preventDefault(); this.main.focus(); } } }, t.skip);
        document.body.replaceChildren(skip, this.head, this.main, this.foot, makeAnnouncer(), this.lesson.element);
        const dark = matchMedia("(prefers-color-scheme: dark)");
        dark.addEventListener("change", () => this.redraw());
        this.applyTheme();
        if (kept<string>("size") === "large") document.documentElement.dataset["size"] = "large";
        addEventListener("hashchange", () => this.open(location.hash));
        addEventListener("keydown", (event) => this.key(event));
        addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
        addEventListener("drop", (event) => this.dropped(event));
        addEventListener("pagehide", () => keepInTab("rooms", this.rooms.map((room) => this.hash(room))));
        if (reloaded()) this.furnish(keptInTab<string[]>("rooms") ?? []);
        this.open(this.bar.first());
    }

    // A reload in one room leaves the others as they were set.
    private furnish(addresses: string[]): void {
        for (const { room: id, settings } of addresses.map(parseAddress)) {
            const room = this.roomNamed(id);
            if (room) Object.assign(room.values, readFields(room.fields, settings, shared).values);
        }
    }

    // ------------------------------------------------------------ address

    private open(hash: string): void {
        this.bar.follow();
        const { room: id, settings } = parseAddress(hash);
        const complaints: string[] = [];
        const code = settings.get("lang");
        const known = languages.find((one) => one === code);
        setLanguage(known ?? kept<(typeof languages)[number]>("language") ?? (navigator.language.startsWith("sv") ? "sv" : "en"));
        if (code && !known)
            complaints.push(fillIn(t.address.wrong, { name: "lang", text: code.slice(0, 20), needs: fillIn(t.address.choice, { values: languages.join(", ") }) }));
        const found = [...this.rooms, this.watch].find((one) => one.id === id);
        if (id && !found)
            complaints.push(fillIn(t.address.room, { text: id.slice(0, 60), rooms: this.rooms.map((r) => r.id).join(", ") }));
        this.room.unmount();
        this.room = found ?? this.rooms[0]!;
        if (found) {
            const read = readFields(this.room.fields, settings, shared);
            Object.assign(this.room.values, read.values);
            complaints.push(...read.complaints);
        }
        const noStep = this.lesson.follow(settings.get("lesson"));
        this.show(noStep === null ? complaints : [...complaints, noStep]);
        this.main.scrollIntoView({ block: "nearest" });
        scrollTo(0, 0);
    }

    private hash(room: Room): string {
        const settings = writeFields(room.fields, room.values);
        settings.set("lang", language);
        if (this.lesson.step !== null) settings.set("lesson", String(this.lesson.step + 1));
        return addressText(room.id, settings);
    }

    addressChanged(): void {
        this.bar.changed();
    }

    // As an attribute the whole address: a mere #... is for programs that read pages a place in this one.
    private href(room: Room): string {
        return location.href.replace(/#.*$/, "") + this.hash(room);
    }

    hashOf(id: string): string {
        const room = this.roomNamed(id);
        return room ? this.hash(room) : "";
    }

    go(address: string): void {
        const { room, settings } = parseAddress(address);
        if (!settings.has("lang")) settings.set("lang", language);
        if (this.lesson.step !== null && !settings.has("lesson")) settings.set("lesson", String(this.lesson.step + 1));
        const next = addressText(room, settings);
        this.bar.flush(); // going back comes to what is left here
        if (next === location.hash) this.open(next);
        else location.hash = next;
    }

    complain(text: string): void {
        if ([...this.notices.querySelectorAll("p")].some((p) => p.textContent === text)) return;
        if (!this.notices.firstChild) {
            const texts = h("div", { role: "alert" });
            this.notices.append(h("div", { class: "notices" }, texts,
                h("button", { class: "button small", type: "button", on: { click: () => this.notices.replaceChildren() } }, t.close)));
        }
        this.notices.querySelector("[role=alert]")!.append(h("p", {}, text));
    }

    // ------------------------------------------------------------ what is seen

    private show(complaints: string[] = []): void {
        document.documentElement.lang = language;
        const id = this.room.id as RoomName;
        const words = t.rooms[id];
        document.title = `${words.title} · pensel`;
        this.fillHead();
        this.fillNav();
        const place = this.rooms.indexOf(this.room);
        const body = h("div", { class: `room room-${id}` });
        this.notices = h("div");
        const parts = [
            place >= 0 && h("p", { class: "eyebrow" }, fillIn(t.roomOf, { n: place + 1, all: this.rooms.length })),
            h("h1", {}, words.title),
            h("p", { class: "lead" }, rich(words.lead)),
            this.notices, body,
            h("div", { class: "prose" }, h("h2", {}, t.tryThis),
                h("ol", {}, ...words.tries.map((text) => h("li", {}, rich(text))))),
            programView(this.room),
            place >= 0 && this.onward(place),
        ];
        this.main.replaceChildren(...parts.filter((one) => one !== null && one !== false));
        for (const text of complaints) this.complain(text);
        this.room.mount(body);
        this.fillFoot();
        this.addressChanged();
    }

    private onward(place: number): HTMLElement {
        const link = (room: Room | undefined, arrow: (name: string) => string): HTMLElement =>
            room ? h("a", { href: this.href(room) }, arrow(t.rooms[room.id as RoomName].name)) : h("span");
        return h("nav", { class: "onward", "aria-label": t.onward },
            link(this.rooms[place - 1], (name) => `← ${name}`),
            link(this.rooms[place + 1], (name) => `${name} →`));
    }

    private fillHead(): void {
        const dark = document.documentElement.dataset["theme"] === "dark";
        const large = document.documentElement.dataset["size"] === "large";
        const other = language === "sv" ? "en" : "sv";
        const tool = (label: string, content: Node | string, press: () => void, pressed?: boolean): HTMLElement =>
            h("button", {
                class: "tool", type: "button", title: label, "aria-label": label,
                ...(pressed === undefined ? {} : { "aria-pressed": String(pressed) }), on: { click: press },
            }, content);
        const lang = h("button", {
            class: "tool", type: "button", lang: other, id: "language",
            on: { click: () => this.speak(other) },
        }, other === "sv" ? "Svenska" : "English");
        this.head.replaceChildren(h("div", { class: "head-row" },
            h("a", { class: "brand", href: this.href(this.rooms[0]!) }, icons.brush(), "pensel"),
            this.nav,
            h("div", { class: "tools" },
                tool(t.lesson.open, icons.lesson(), () => this.lesson.toggle(), this.lesson.step !== null),
                tool(t.large, icons.large(), () => this.enlarge(!large), large),
                tool(dark ? t.light : t.dark, dark ? icons.sun() : icons.moon(), () => this.chooseTheme(dark ? "light" : "dark")),
                lang)));
    }

    private fillNav(): void {
        this.nav.setAttribute("aria-label", t.roomsLabel);
        const old = this.nav.querySelector("ol")?.scrollLeft ?? 0;
        const link = (room: Room, name: string): HTMLElement =>
            h("li", {}, h("a", { href: this.href(room), ...(room === this.room ? { "aria-current": "page" } : {}) }, name));
        const list = h("ol", {}, ...this.rooms.map((room, i) => link(room, `${i + 1} ${t.rooms[room.id as RoomName].name}`)),
            this.watch.values["token"] ? link(this.watch, t.rooms.watch.name) : null);
        const focused = this.nav.contains(document.activeElement) ? this.links.indexOf(document.activeElement as HTMLAnchorElement) : -1;
        this.nav.replaceChildren(list);
        list.scrollLeft = old;
        const here = list.querySelector<HTMLElement>("[aria-current]");
        if (here && list.scrollWidth > list.clientWidth) list.scrollLeft = here.offsetLeft - list.offsetLeft - 40;
        if (focused >= 0) this.links[focused]?.focus();
    }

    private get links(): HTMLAnchorElement[] {
        return [...this.nav.querySelectorAll("a")];
    }

    // The same links to what the rooms are set to now. They stay: one of them may just be pressed.
    private linkNav(): void {
        const rooms = [...this.rooms, this.watch];
        this.links.forEach((link, i) => { link.href = this.href(rooms[i]!); });
    }

    // A file that no room takes: the browser would open it in the page's place.
    private dropped(event: DragEvent): void {
        if (!hasFiles(event) || event.defaultPrevented) return;
        event.preventDefault();
        this.complain(t.dropped);
    }

    private fillFoot(): void {
        void this.core.info().then((info) => {
            this.foot.replaceChildren(h("p", {}, fillIn(t.foot, {
                version: info.version, isa: info.isa, size: Math.round(info.bytes / 1024),
                threads: info.threads,
            })));
        });
    }

    private speak(code: (typeof languages)[number]): void {
        keep("language", code);
        setLanguage(code);
        this.room.unmount();
        this.lesson.show();
        this.show();
        document.getElementById("language")?.focus();
    }

    private chooseTheme(name: "light" | "dark"): void {
        keep("theme", name);
        this.redraw();
    }

    // What is drawn on canvases has the theme's colours, too.
    private redraw(): void {
        this.applyTheme();
        this.room.unmount();
        this.show();
    }

    private applyTheme(): void {
        const wish = kept<string>("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
        document.documentElement.dataset["theme"] = wish;
        forgetTheme();
    }

    private enlarge(large: boolean): void {
        keep("size", large ? "large" : "normal");
        document.documentElement.dataset["size"] = large ? "large" : "normal";
        this.room.unmount();
        this.show();
    }

    lessonChanged(): void {
        this.fillHead();
        this.addressChanged();
    }

    // ------------------------------------------------------------ keys

    private key(event: KeyboardEvent): void {
        const target = event.target as HTMLElement;
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (target.closest("input, select, textarea, [data-keys]")) return;
        if ((event.key === " " || event.key === "Enter") && target.closest("button, a, summary")) return;
        const place = this.rooms.indexOf(this.room);
        const number = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
        if (number > 0 && number <= this.rooms.length) this.go(this.hash(this.rooms[number - 1]!));
        else if (event.key === "PageDown" && event.shiftKey && place >= 0 && place < this.rooms.length - 1) this.go(this.hash(this.rooms[place + 1]!));
        else if (event.key === "PageUp" && event.shiftKey && place > 0) this.go(this.hash(this.rooms[place - 1]!));
        else if (!this.room.key(event)) return;
        event.preventDefault();
    }

    async settled(): Promise<void> {
        await Promise.all(this.rooms.map((room) => room.settled()));
    }

    roomNamed(id: string): Room | undefined {
        return this.rooms.find((room) => room.id === id);
    }
}
