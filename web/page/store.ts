// What outlives a reload beyond the address: pictures that were dropped, weights that were trained.
// Where a browser keeps nothing (private windows), the page works all the same, without this.

export function keep(name: string, value: unknown): void {
    try {
        localStorage.setItem(`pensel.${name}`, JSON.stringify(value));
    } catch {
        // full or forbidden: what the page holds in memory is not touched by that
    }
}

export function kept<T>(name: string): T | null {
    try {
        const text = localStorage.getItem(`pensel.${name}`);
        return text === null ? null : (JSON.parse(text) as T);
    } catch {
        return null;
    }
}

export function forget(name: string): void {
    try {
        localStorage.removeItem(`pensel.${name}`);
    } catch {
        // as above
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
