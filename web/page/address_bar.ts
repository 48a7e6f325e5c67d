// The address bar: what a room is set to stands there, so that a link is an exercise and a reload
// loses nothing. A slider moves many times a second, and Safari refuses more than 100 changes of the
// address in 30 seconds: one is written at once if the last one is long enough ago, else as soon as it is.
//
// What still waits when the page goes cannot be written any more: a browser loads again what stood
// there before. So it is noted for the tab, and taken from there by the page that comes.
import { reloaded } from "./store.ts";

const APART = 350; // milliseconds
const NOTE = "pensel.address";

export class AddressBar {
    private seen = ""; // as the browser gives it back
    private last = -Infinity;
    private timer = 0;

    // text: the address as it should be now; written: called when it stands there.
    constructor(private text: () => string, private written: () => void) {
        addEventListener("pagehide", () => this.note());
        // a browser may end a page in the background without a word
        document.addEventListener("visibilitychange", () => { if (document.hidden) this.note(); });
    }

    // The address to begin with: after a reload the one that the page had at its end.
    first(): string {
        const noted = this.storage((tab) => tab.getItem(NOTE));
        this.storage((tab) => tab.removeItem(NOTE));
        if (noted && reloaded()) history.replaceState(null, "", noted);
        return location.hash;
    }

    // The page shows the address that stands there now.
    follow(): void {
        clearTimeout(this.timer);
        this.timer = 0;
        this.seen = location.hash;
    }

    changed(): void {
        if (this.timer) return;
        const wait = this.last + APART - performance.now();
        if (wait <= 0) this.write();
        else this.timer = window.setTimeout(() => this.write(), wait);
    }

    flush(): void {
        if (this.timer) this.write();
    }

    // Somebody has followed a link or typed an address, and the page has not heard of it yet: that
    // one must stay.
    private get foreign(): boolean {
        return location.hash !== this.seen;
    }

    private write(): void {
        clearTimeout(this.timer);
        this.timer = 0;
        if (this.foreign) return;
        this.last = performance.now();
        try {
            history.replaceState(null, "", this.text());
        } catch {
            return this.changed(); // other pages of this file may have used up what the browser allows
        }
        this.seen = location.hash;
        this.written();
    }

    private note(): void {
        this.storage((tab) => (this.foreign ? tab.removeItem(NOTE) : tab.setItem(NOTE, this.text())));
    }

    // Where a browser keeps nothing, what has waited for less than APART is lost, and nothing else.
    private storage<T>(use: (tab: Storage) => T): T | null {
        try {
            return use(sessionStorage);
        } catch {
            return null;
        }
    }
}
