// "The same at the shell": what stands in the room, as a command, as C and as Python.
import { h, rich } from "./dom.ts";
import { segments } from "./controls.ts";
import type { Room } from "./room.ts";
import { t } from "./text/text.ts";

let chosen: "shell" | "c" | "python" = "shell";

export function programView(room: Room): HTMLElement | null {
    if (!room.program()) return null;
    const code = h("pre", { tabindex: 0, "aria-label": t.program.title });
    const fill = (): void => void (code.textContent = room.program()?.[chosen] ?? "");
    const pick = segments({
        label: t.program.title, bare: true, value: chosen,
        values: [{ value: "shell", label: t.program.shell }, { value: "c", label: "C" }, { value: "python", label: "Python" }],
        change: (value) => { chosen = value as typeof chosen; fill(); },
    });
    const details = h("details", { class: "program", on: { toggle: fill } },
        h("summary", {}, t.program.title), h("p", { class: "hint", style: "margin:.6rem 0" }, rich(t.program.hint)), pick.element, code);
    // what the room shows changes while it is open
    details.addEventListener("mouseenter", fill);
    details.addEventListener("focusin", fill);
    fill();
    return details;
}
