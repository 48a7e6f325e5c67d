// The network that was last at work, in whichever room: what "take it along" takes along.
import { keepInTab, keptInTab, reloaded } from "./store.ts";
import type { Core, Names, Picture } from "../core/api.ts";

export interface Offer {
    core: Core;
    id: number;
    room: string;
    model: string; // the name of its files: "points"
    names?: Names;
    picture?: { width: number; height: number };
    points?(): string; // what it learned from, as a table; or as a picture, by its name in the command
    source?: { name: string; picture(): Picture };
    program(): { shell: string; c: string; python: string } | null;
}

class Taken {
    last: Offer | null = null;
    offer(one: Offer): void {
        this.last = one;
        keepInTab("taken", one.room);
    }

    // The room that it came from before a reload, as long as nothing else has come.
    get before(): string | null { return this.last || !reloaded() ? null : keptInTab<string>("taken"); }

    withdraw(id: number): void { if (this.last?.id === id) this.last = null; }
}

export const taken = new Taken();
