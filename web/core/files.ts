// WASI for the module: a clock, and files in memory. The page puts a file here before a call that reads it and takes
// it away afterwards; nothing else is kept, so memory does not grow.

type Content = { bytes: Uint8Array; size: number }; // what is behind size is room for more
type View = { content: Content; at: number; folder: boolean };

const BAD_FILE = 8; // WASI's errno
const EXISTS = 20;
const IS_FOLDER = 31;
const NO_ENTRY = 44;
const NOT_SUPPORTED = 58;
const FOLDER = 3; // the descriptor of "/", after standard input, output and error

/** A copy is read, because memory may be shared, and then no decoder takes it. */
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes.slice());

export class Files {
    private readonly contents = new Map<string, Content>();
    private readonly folders = new Set<string>();
    private readonly open = new Map<number, View>();
    private memory!: WebAssembly.Memory;
    /** What the module writes to standard error, which is nothing unless it crashes. */
    complaint = "";

    attach(memory: WebAssembly.Memory): void {
        this.memory = memory;
    }

    put(name: string, bytes: Uint8Array): void {
        this.contents.set(name, { bytes, size: bytes.length });
    }

    /** The page has none; tests have. */
    makeFolder(name: string): number {
        if (this.contents.has(name) || this.folders.has(name)) return EXISTS;
        this.folders.add(name);
        return 0;
    }

    take(name: string): Uint8Array {
        const content = this.contents.get(name);
        this.contents.delete(name);
        return content ? content.bytes.slice(0, content.size) : new Uint8Array();
    }

    private data(): DataView {
        return new DataView(this.memory.buffer);
    }

    private text(at: number, length: number): string {
        return decode(new Uint8Array(this.memory.buffer, at, length));
    }

    /** The buffers of a list of (address, length). */
    private buffers(list: number, count: number): Uint8Array[] {
        const data = this.data();
        return Array.from({ length: count }, (_, i) =>
            new Uint8Array(this.memory.buffer, data.getUint32(list + 8 * i, true), data.getUint32(list + 8 * i + 4, true)));
    }

    private read({ content }: View, list: number, count: number, from: number): number {
        let total = 0;
        for (const buffer of this.buffers(list, count)) {
            const part = content.bytes.subarray(from + total, Math.min(from + total + buffer.length, content.size));
            buffer.set(part);
            total += part.length;
        }
        return total;
    }

    private write(view: View, list: number, count: number): number {
        const { content } = view;
        let total = 0;
        for (const buffer of this.buffers(list, count)) {
            const end = view.at + buffer.length;
            if (end > content.bytes.length) {
                const longer = new Uint8Array(Math.max(end, 2 * content.bytes.length));
                longer.set(content.bytes.subarray(0, content.size));
                content.bytes = longer;
            }
            content.bytes.set(buffer, view.at);
            content.size = Math.max(content.size, end);
            view.at = end;
            total += buffer.length;
        }
        return total;
    }

    private describe(at: number, kind: number, size: number): number {
        const data = this.data();
        new Uint8Array(this.memory.buffer, at, 64).fill(0);
        data.setUint8(at + 16, kind);
        data.setBigUint64(at + 32, BigInt(size), true);
        return 0;
    }

    private counted(at: number, value: number): number {
        this.data().setUint32(at, value, true);
        return 0;
    }

    private openPath(path: string, creates: boolean, exclusive: boolean, truncates: boolean, result: number): number {
        const folder = this.folders.has(path);
        let content = this.contents.get(path);
        if (folder && creates) return IS_FOLDER;
        if (content && exclusive) return EXISTS;
        const above = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
        if (!content && !folder && (!creates || (above !== "" && !this.folders.has(above)))) return NO_ENTRY;
        content ??= { bytes: new Uint8Array(), size: 0 };
        if (truncates) content = { bytes: new Uint8Array(), size: 0 }; // whoever reads the old one may go on
        if (!folder) this.contents.set(path, content);
        let file = FOLDER + 1;
        while (this.open.has(file)) file++;
        this.open.set(file, { content, at: 0, folder });
        return this.counted(result, file);
    }

    private rename(from: string, to: string): number {
        const content = this.contents.get(from);
        if (!content) return NO_ENTRY;
        this.contents.delete(from);
        this.contents.set(to, content);
        return 0;
    }

    /** The functions that the module imports. */
    imports(): Record<string, (...args: never[]) => number | void> {
        const file = (fd: number, use: (view: View) => number): number => {
            const view = this.open.get(fd);
            return view ? use(view) : BAD_FILE;
        };
        return {
            environ_sizes_get: (count: number, size: number) => this.counted(count, 0) || this.counted(size, 0),
            environ_get: () => 0,
            clock_time_get: (_clock: number, _precision: bigint, at: number) => {
                this.data().setBigUint64(at, BigInt(Math.round(performance.now() * 1e6)), true);
                return 0;
            },
            fd_close: (fd: number) => (this.open.delete(fd) ? 0 : BAD_FILE),
            fd_fdstat_get: (fd: number, at: number) => {
                if (fd > FOLDER && !this.open.has(fd)) return BAD_FILE;
                const data = this.data();
                new Uint8Array(this.memory.buffer, at, 24).fill(0);
                data.setUint8(at, fd === FOLDER ? 3 : fd > FOLDER ? 4 : 2);
                data.setBigUint64(at + 8, 0xffffffffn, true); // all rights
                data.setBigUint64(at + 16, 0xffffffffn, true);
                return 0;
            },
            fd_filestat_get: (fd: number, at: number) => file(fd, view => this.describe(at, view.folder ? 3 : 4, view.content.size)),
            fd_pread: (fd: number, list: number, count: number, from: bigint, result: number) =>
                file(fd, view => this.counted(result, this.read(view, list, count, Number(from)))),
            fd_read: (fd: number, list: number, count: number, result: number) =>
                file(fd, view => {
                    const got = this.read(view, list, count, view.at);
                    view.at += got;
                    return this.counted(result, got);
                }),
            fd_write: (fd: number, list: number, count: number, result: number) => {
                if (fd > FOLDER) return file(fd, view => this.counted(result, this.write(view, list, count)));
                const parts = this.buffers(list, count);
                for (const part of parts) this.complaint += decode(part);
                return this.counted(result, parts.reduce((sum, part) => sum + part.length, 0));
            },
            fd_seek: (fd: number, offset: bigint, whence: number, at: number) =>
                file(fd, view => {
                    view.at = Number(offset) + (whence === 1 ? view.at : whence === 2 ? view.content.size : 0);
                    this.data().setBigUint64(at, BigInt(view.at), true);
                    return 0;
                }),
            fd_sync: (fd: number) => (this.open.has(fd) ? 0 : BAD_FILE),
            fd_prestat_get: (fd: number, at: number) =>
                fd === FOLDER ? this.counted(at, 0) || this.counted(at + 4, 1) : BAD_FILE,
            fd_prestat_dir_name: (_fd: number, at: number) => {
                this.data().setUint8(at, 0x2f); // "/"
                return 0;
            },
            path_filestat_get: (_fd: number, _flags: number, path: number, length: number, at: number) => {
                const name = this.text(path, length), content = this.contents.get(name);
                if (this.folders.has(name)) return this.describe(at, 3, 0);
                return content ? this.describe(at, 4, content.size) : NO_ENTRY;
            },
            path_open: (_fd: number, _look: number, path: number, length: number, how: number, _base: bigint,
                _inherited: bigint, _flags: number, result: number) =>
                this.openPath(this.text(path, length), (how & 1) !== 0, (how & 4) !== 0, (how & 8) !== 0, result),
            path_rename: (_fd: number, from: number, size: number, _to: number, to: number, length: number) =>
                this.rename(this.text(from, size), this.text(to, length)),
            path_unlink_file: (_fd: number, path: number, length: number) => {
                const name = this.text(path, length);
                if (this.contents.delete(name)) return 0;
                return this.folders.has(name) ? IS_FOLDER : NO_ENTRY; // by which remove() knows to try the other
            },
            path_create_directory: (_fd: number, path: number, length: number) => this.makeFolder(this.text(path, length)),
            path_remove_directory: (_fd: number, path: number, length: number) =>
                this.folders.delete(this.text(path, length)) ? 0 : NO_ENTRY,
            path_readlink: () => NOT_SUPPORTED,
            proc_exit: (code: number) => {
                throw new Error(`the module ended with ${code}: ${this.complaint}`);
            },
        };
    }
}
