// What is measured after each epoch of a training that may go on for hours, in room that does not
// grow: evenly spaced measurements and the last one. When there are too many, every second goes.

export const MOST = 1000;

export class Curve {
    length = 0; // of all that were added
    private x: number[] = [];
    private y: number[] = [];
    private every = 1;
    private end = { x: 0, y: NaN };

    // x: after how many epochs; else one epoch more than there were measurements
    add(y: number, x = this.length + 1): void {
        this.end = { x, y };
        if (this.length++ % this.every) return;
        this.x.push(x);
        this.y.push(y);
        if (this.x.length < MOST) return;
        this.x = this.x.filter((_, i) => i % 2 === 0);
        this.y = this.y.filter((_, i) => i % 2 === 0);
        this.every *= 2;
    }

    addAll(values: Iterable<number>): void {
        for (const value of values) this.add(value);
    }

    get last(): number { return this.end.y; }
    get lastX(): number { return this.end.x; }

    // Those up to an epoch, at most MOST
    points(to = Infinity): { x: number[]; y: number[] } {
        const count = this.x.filter((x) => x <= to).length;
        const x = this.x.slice(0, count);
        const y = this.y.slice(0, count);
        if (this.length && this.end.x <= to && x[count - 1] !== this.end.x) { x.push(this.end.x); y.push(this.end.y); }
        return { x, y };
    }
}
