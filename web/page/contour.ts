// Where a map crosses a level: the segments of marching squares, in units of its cells.

export function contour(map: ArrayLike<number>, width: number, height: number, level: number): [number, number, number, number][] {
    const lines: [number, number, number, number][] = [];
    for (let r = 0; r + 1 < height; r++)
        for (let c = 0; c + 1 < width; c++) {
            const v = [map[r * width + c]!, map[r * width + c + 1]!, map[(r + 1) * width + c + 1]!, map[(r + 1) * width + c]!].map((one) => one - level);
            const corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]];
            const cuts: [number, number][] = [];
            for (let k = 0; k < 4; k++) {
                const a = v[k]!;
                const b = v[(k + 1) % 4]!;
                if (a < 0 === b < 0) continue;
                const s = a / (a - b);
                const [x0, y0] = corners[k]!;
                const [x1, y1] = corners[(k + 1) % 4]!;
                cuts.push([x0! + s * (x1! - x0!), y0! + s * (y1! - y0!)]);
            }
            for (let k = 0; k + 1 < cuts.length; k += 2) lines.push([...cuts[k]!, ...cuts[k + 1]!]);
        }
    return lines;
}
