// What a room is. Each has one file in rooms/, which holds its settings, what it shows and what it
// does; main.ts has the list.
//
// To add one: a file in rooms/ with a class that extends Room, its line in the list of main.ts, and
// its words in `rooms` of both files of text/. Keys 1 to 9, the head and the way on follow from the list.
import type { Core } from "../core/api.ts";
import type { Fields, Values } from "./address.ts";

export interface Shell {
    core: Core;
    second(): Promise<Core | null>; // another library in a worker of its own, or null where it would gain nothing
    addressChanged(): void; // the room's values have changed: write the address
    complain(text: string): void; // a sentence above the room
    go(address: string): void;
}

export abstract class Room<F extends Fields = Fields> {
    abstract readonly id: string;
    readonly fields: F;
    values: Values<F>;
    shell!: Shell;
    private leaving: (() => void)[] = [];

    constructor(fields: F) {
        this.fields = fields;
        this.values = Object.fromEntries(
            Object.entries(fields).map(([name, field]) => [name, field.initial as unknown]),
        ) as Values<F>;
    }

    // Fills `host`; called again after the language or the address has changed.
    abstract mount(host: HTMLElement): void;

    onLeave(what: () => void): void {
        this.leaving.push(what);
    }

    unmount(): void {
        for (const what of this.leaving.splice(0)) what();
    }

    set(changes: Partial<Values<F>>): void {
        Object.assign(this.values, changes);
        this.shell.addressChanged();
    }

    // All that was asked of the room is done; what learns goes on only if it was started.
    settled(): Promise<void> {
        return Promise.resolve();
    }

    // Keys that the whole room hears, where no control takes them.
    key(_event: KeyboardEvent): boolean {
        return false;
    }

    // The same as commands and programs, for "the same at the shell".
    program(): { shell: string; c: string; python: string } | null {
        return null;
    }
}
