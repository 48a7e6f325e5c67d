// The language in use. All words of the page are in en.ts and sv.ts, which have the same names: the
// compiler says what a language lacks. To add a language: such a file, and its line here.
import { en } from "./en.ts";
import { sv } from "./sv.ts";

export type Text = typeof en;
export const languages = ["en", "sv"] as const;
export type Language = (typeof languages)[number];

const texts: Record<Language, Text> = { en, sv };

export let language: Language = "en";
export let t: Text = en;

export function setLanguage(code: Language): void {
    language = code;
    t = texts[code];
}
