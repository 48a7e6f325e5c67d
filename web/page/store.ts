// What outlives a reload beyond the address: pictures that were dropped, weights that were trained.
// Where a browser keeps nothing (private windows), the page works all the same, without this.

// Twice: for the tab, since another one may learn something else in the same room, and for those to come.
export function keep(name: string, value: unknown): void {
    keepInTab(name, value);
    write(() => localStorage, name, value);
}

export function kept<T>(name: string): T | null {
    const own = read<T>(() => sessionStorage, name);
    return own === undefined ? read<T>(() => localStorage, name) ?? null : own;
}

export function forget(name: string): void {
    keepInTab(name, null); // what another tab keeps is not this one's
    try {
        localStorage.removeItem(`pensel.${name}`);
    } catch {
        // as in write
    }
}

// What a reload of this tab finds again, and no other tab.
export function keepInTab(name: string, value: unknown): void {
    write(() => sessionStorage, name, value);
}

export const keptInTab = <T>(name: string): T | null => read<T>(() => sessionStorage, name) ?? null;

// Neither a link nor a new tab: what the tab has kept belongs to the page that begins.
export function reloaded(): boolean {
    const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    return navigation?.type === "reload";
}

function write(where: () => Storage, name: string, value: unknown): void {
    try {
        where().setItem(`pensel.${name}`, JSON.stringify(value));
    } catch {
        // Full or forbidden: what the page holds in memory is not touched by that. What stood there is older.
        try { where().removeItem(`pensel.${name}`); } catch { /* forbidden */ }
    }
}

// undefined: nothing is kept there
function read<T>(where: () => Storage, name: string): T | null | undefined {
    try {
        const text = where().getItem(`pensel.${name}`);
        return text === null ? undefined : (JSON.parse(text) as T);
    } catch {
        return undefined;
    }
}

// float32, little-endian, in base64: weights in a few characters.
export function packNumbers(values: ArrayLike<number>): string {
    const bytes = new Uint8Array(Float32Array.from(values).buffer);
    let text = "";
    for (let i = 0; i < bytes.length; i += 0x8000)
        text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    return btoa(text);
}

export function unpackNumbers(text: string): Float64Array | null {
    try {
        const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
        if (bytes.length % 4) return null;
        const values = Float64Array.from(new Float32Array(bytes.buffer));
        return values.every(Number.isFinite) ? values : null;
    } catch {
        return null;
    }
}

// A network as it was last drawn, and how far it had come. Each room keeps one: that of `key`, which
// says what it was made of.
export interface KeptNetwork { parameters: Float64Array; epochs: number; seconds: number; losses: number[]; more?: unknown }

export function keepNetwork(room: string, key: string, { parameters, ...rest }: KeptNetwork): void {
    keep(room, { key, w: packNumbers(parameters), ...rest });
}

// count: how many parameters the network has, else it is another one
export function keptNetwork(room: string, key: string, count: number): KeptNetwork | null {
    const last = kept<{ key: string; w: string } & Omit<KeptNetwork, "parameters">>(room);
    const parameters = last?.key === key ? unpackNumbers(last.w) : null;
    return last && parameters?.length === count ? { ...last, parameters } : null;
}
