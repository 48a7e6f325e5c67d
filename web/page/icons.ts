// The few signs of the page, drawn in the colour of the text around them.
import { svg } from "./dom.ts";

const stroke = { fill: "none", stroke: "currentColor", "stroke-width": 1.7, "stroke-linecap": "round", "stroke-linejoin": "round" };

function icon(...paths: string[]): SVGElement {
    return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, ...paths.map((d) => svg("path", { d, ...stroke })));
}

export const icons = {
    // a brush whose hairs are three edges of a network
    brush: (): SVGElement => svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" },
        svg("path", { d: "M20.5 3.5 L12 12", ...stroke, "stroke-width": 2.6 }),
        svg("path", { d: "M12 12 C9 12 7 13.5 6.6 16.2 C6.3 18.4 4.8 19.6 3 20 C6.5 21.6 11 20.6 12.4 17.4 C13.2 15.6 13 13.6 12 12 Z", fill: "currentColor" })),
    lesson: (): SVGElement => icon("M4 5.5 C7 4.5 10 4.8 12 6.5 C14 4.8 17 4.5 20 5.5 V18.5 C17 17.5 14 17.8 12 19.5 C10 17.8 7 17.5 4 18.5 Z", "M12 6.5 V19.5"),
    large: (): SVGElement => icon("M3 19 L8.5 5 L14 19", "M5 14.5 H12", "M15.5 19 L18.3 12 L21 19", "M16.4 16.8 H20.2"),
    sun: (): SVGElement => icon("M12 8 A4 4 0 1 0 12 16 A4 4 0 1 0 12 8", "M12 2.5 V4.5", "M12 19.5 V21.5", "M2.5 12 H4.5", "M19.5 12 H21.5",
        "M5.3 5.3 L6.7 6.7", "M17.3 17.3 L18.7 18.7", "M5.3 18.7 L6.7 17.3", "M17.3 6.7 L18.7 5.3"),
    moon: (): SVGElement => icon("M19.5 14.5 A8 8 0 0 1 9.5 4.5 A8 8 0 1 0 19.5 14.5 Z"),
};
