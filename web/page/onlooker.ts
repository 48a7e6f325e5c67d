// Looks at a network while it goes on learning: a second worker, with a library of its own, renders the
// parameters as they were at some moment. Where the first has one thread, all pixels of a picture take it a quarter
// of what an epoch takes; here training waits for none of that. What is seen is of those parameters to the last bit.
import type { Core, PaintInfo, PaintSpec, Picture, RenderView } from "../core/api.ts";

export const MAP = 24; // side of a neuron's map

// part: what is to be seen of it besides, from near
export interface Wish { units: boolean; part: RenderView | null }
export interface Seen { painted: Picture; psnr: number; units: Float32Array[] | null; part: Picture | null }

// All that is shown of a painting's network: rendered, measured, and what each neuron of a coarse picture is.
export async function look(core: Core, info: PaintInfo, picture: Picture, wish: Wish): Promise<Seen> {
    const painted = await core.render(info.id, { width: picture.width, height: picture.height });
    const psnr = await core.psnr(painted, picture);
    const part = wish.part && await core.render(info.id, wish.part);
    return { painted, psnr, part, units: wish.units ? await unitsOf(core, info) : null };
}

export async function unitsOf(core: Core, info: PaintInfo): Promise<Float32Array[]> {
    return core.units(info.id, await core.paintInputs(info.id, { width: MAP, height: MAP }), MAP * MAP);
}

export class Onlooker {
    private info: PaintInfo | null = null;
    private spec: PaintSpec | null = null;
    private work: Promise<unknown> = Promise.resolve();
    private looking = false;
    private rested = 0; // when it may look again

    constructor(private readonly core: Core) {}

    // It rests for as long as it has looked: where cores are few or in use, training keeps most of them.
    get busy(): boolean {
        return this.looking || performance.now() < this.rested;
    }

    // The network of this specification with these parameters. One look at a time: see busy.
    look(spec: PaintSpec, parameters: Float64Array, wish: Wish): Promise<Seen> {
        this.looking = true;
        const begun = performance.now();
        const seen = this.work.then(() => this.open(spec)).then(async (info) => {
            await this.core.setParameters(info.id, parameters);
            return look(this.core, info, spec.picture, wish);
        }).finally(() => {
            this.looking = false;
            this.rested = 2 * performance.now() - begun;
        });
        this.work = seen.catch(() => {});
        return seen;
    }

    private async open(spec: PaintSpec): Promise<PaintInfo> {
        if (this.spec === spec) return this.info!;
        if (this.info) await this.core.close(this.info.id);
        this.info = this.spec = null;
        this.info = await this.core.paint(spec);
        this.spec = spec;
        return this.info;
    }
}
