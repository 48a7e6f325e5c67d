/* HTML: one page with a painting, or a function of two numbers, that is drawn by WebGL2 at any
 * zoom. The shader reads the model's numbers from a texture of floats, which is in the page in
 * base 64; nothing is loaded from elsewhere. */
#include "base/endian.h"
#include "base/memory.h"
#include "export/shader.h"

#include <string.h>

enum { TEXTURE_WIDTH = 4096, MOST_NUMBERS = TEXTURE_WIDTH * 4096 };

static const char head[] =
    "<style>\n"
    "html, body { margin: 0; height: 100%; overflow: hidden; background: #2b2b2b; }\n"
    "canvas { display: block; width: 100%; height: 100%; touch-action: none; cursor: grab; }\n"
    "p { position: fixed; left: 0; bottom: 0; margin: 0; padding: .5em .8em; color: #ddd; "
    "background: #0009;\n"
    "    font: 14px system-ui, sans-serif; border-top-right-radius: 6px; }\n"
    "</style>\n<canvas tabindex=\"0\"></canvas>\n";

static const char shader_head[] =
    "<script type=\"x-shader/fragment\" id=\"shader\">#version 300 es\n"
    "precision highp float;\nprecision highp int;\n"
    "precision highp sampler2D;\n"
    "uniform sampler2D numbers;\n"
    "uniform vec4 view; /* left, top, size of a pixel, pixels down */\n"
    "out vec4 result;\n\n"
    "float W(int i)\n{\n"
    "    return texelFetch(numbers, ivec2(i % 4096, i / 4096), 0).r;\n"
    "}\n\n";

/* Each pixel of the screen is the mean of up to 4 x 4 positions. `size` and `place` are written
 * before.
 */
static const char shader_main[] =
    "void main()\n{\n"
    "    int n = clamp(int(ceil(view.z * detail - 0.001)), 1, 4);\n"
    "    result = vec4(0.0);\n"
    "    for (int i = 0; i < n * n; i++) {\n"
    "        vec2 part = (vec2(i % n, i / n) + 0.5) / float(n) - 0.5;\n"
    "        vec2 at = view.xy + view.z * (vec2(gl_FragCoord.x, view.w - gl_FragCoord.y) + part);\n"
    "        if (all(greaterThanEqual(at, vec2(0.0))) && all(lessThan(at, size)))\n"
    "            result += place(at) / float(n * n);\n"
    "    }\n}\n</script>\n";

static const char script[] =
    "<script>\n"
    "const canvas = document.querySelector(\"canvas\"), note = document.querySelector(\"p\");\n"
    "const gl = canvas.getContext(\"webgl2\", { preserveDrawingBuffer: true });\n"
    "function compile(type, text) {\n"
    "    const shader = gl.createShader(type);\n"
    "    gl.shaderSource(shader, text);\n"
    "    gl.compileShader(shader);\n"
    "    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw "
    "Error(gl.getShaderInfoLog(shader));\n"
    "    return shader;\n"
    "}\n"
    "function begin() {\n"
    "    const program = gl.createProgram();\n"
    "    gl.attachShader(program, compile(gl.VERTEX_SHADER, \"#version 300 es\\nvoid main() { "
    "gl_Position = vec4(\" +\n"
    "        \"gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }\"));\n"
    "    gl.attachShader(program, compile(gl.FRAGMENT_SHADER, "
    "document.getElementById(\"shader\").textContent));\n"
    "    gl.linkProgram(program);\n"
    "    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw "
    "Error(gl.getProgramInfoLog(program));\n"
    "    gl.useProgram(program);\n"
    "    const bytes = "
    "Uint8Array.from(atob(document.getElementById(\"numbers\").textContent.trim()), "
    "c => c.charCodeAt(0));\n"
    "    const rows = Math.ceil(bytes.length / 16384), padded = new Uint8Array(rows * 16384);\n"
    "    padded.set(bytes);\n"
    "    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());\n"
    "    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, 4096, rows, 0, gl.RED, gl.FLOAT, new "
    "Float32Array(padded.buffer));\n"
    "    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);\n"
    "    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);\n"
    "    return gl.getUniformLocation(program, \"view\");\n"
    "}\n"
    "/* Draws the part from (left, top) on, of which a pixel of the screen covers `step`. */\n"
    "function draw(left, top, step, width, height) {\n"
    "    canvas.width = width;\n"
    "    canvas.height = height;\n"
    "    gl.viewport(0, 0, width, height);\n"
    "    gl.uniform4f(uniform, left, top, step, height);\n"
    "    gl.drawArrays(gl.TRIANGLES, 0, 3);\n"
    "}\n"
    "let uniform, view, moved = false;\n"
    "function screenSize() { return [canvas.clientWidth * devicePixelRatio, canvas.clientHeight * "
    "devicePixelRatio].map(Math.round); }\n"
    "function all() {\n"
    "    const [w, h] = screenSize(), step = Math.max(size[0] / w, size[1] / h);\n"
    "    moved = false;\n"
    "    view = { left: (size[0] - w * step) / 2, top: (size[1] - h * step) / 2, step };\n"
    "}\n"
    "let due = 0;\n"
    "function redraw() {\n"
    "    due ||= requestAnimationFrame(() => { due = 0; draw(view.left, view.top, view.step, "
    "...screenSize()); });\n"
    "}\n"
    "function zoom(factor, x, y) {\n"
    "    x *= devicePixelRatio;\n"
    "    y *= devicePixelRatio;\n"
    "    view.left += x * view.step * (1 - factor);\n"
    "    view.top += y * view.step * (1 - factor);\n"
    "    view.step *= factor;\n"
    "    moved = true;\n"
    "    redraw();\n"
    "}\n"
    "function move(x, y) {\n"
    "    view.left -= x * view.step * devicePixelRatio;\n"
    "    view.top -= y * view.step * devicePixelRatio;\n"
    "    moved = true;\n"
    "    redraw();\n"
    "}\n"
    "try {\n"
    "    if (!gl) throw Error(\"this browser has no WebGL2, which draws the picture\");\n"
    "    uniform = begin();\n"
    "    all();\n"
    "    redraw();\n"
    "    const fingers = new Map();\n"
    "    canvas.onwheel = e => { e.preventDefault(); zoom(2 ** (e.deltaY / 300), e.offsetX, "
    "e.offsetY); };\n"
    "    canvas.onpointerdown = e => { canvas.setPointerCapture(e.pointerId); "
    "fingers.set(e.pointerId, "
    "e); };\n"
    "    canvas.onpointerup = canvas.onpointercancel = e => fingers.delete(e.pointerId);\n"
    "    canvas.onpointermove = e => {\n"
    "        const before = fingers.get(e.pointerId);\n"
    "        if (!before) return;\n"
    "        const other = [...fingers.values()].find(f => f.pointerId !== e.pointerId);\n"
    "        fingers.set(e.pointerId, e);\n"
    "        if (!other) return move(e.clientX - before.clientX, e.clientY - before.clientY);\n"
    "        const span = f => Math.hypot(f.clientX - other.clientX, f.clientY - other.clientY);\n"
    "        zoom(span(before) / Math.max(span(e), 1), (e.clientX + other.clientX) / 2, (e.clientY "
    "+ "
    "other.clientY) / 2);\n"
    "    };\n"
    "    canvas.ondblclick = () => { all(); redraw(); };\n"
    "    onresize = () => { if (!moved) all(); redraw(); };\n"
    "    onkeydown = e => {\n"
    "        const middle = [canvas.clientWidth / 2, canvas.clientHeight / 2];\n"
    "        const ways = { ArrowLeft: [50, 0], ArrowRight: [-50, 0], ArrowUp: [0, 50], ArrowDown: "
    "[0, "
    "-50] };\n"
    "        if (e.key === \"+\" || e.key === \"=\") zoom(0.8, ...middle);\n"
    "        else if (e.key === \"-\") zoom(1.25, ...middle);\n"
    "        else if (e.key === \"0\") { all(); redraw(); }\n"
    "        else if (ways[e.key]) move(...ways[e.key]);\n"
    "    };\n"
    "} catch (error) {\n"
    "    note.textContent = error.message;\n"
    "}\n</script>\n";

/* Words of the model as text of a page: nothing in them is markup. */
static void put_escaped(pensel_text *text, const char *words)
{
    for (; *words; words++)
        if (*words == '&')
            pensel_text_put(text, "&amp;");
        else if (*words == '<')
            pensel_text_put(text, "&lt;");
        else
            pensel_text_add(text, words, 1);
}

/* Of a function: what its axes and colours are */
static void put_meaning(pensel_text *text, const pensel_leaving *l)
{
    static const char *const colours[] = {"red", "green", "blue"};
    pensel_text_put(text, " Across: the first input; up: the second.");
    for (size_t i = 0; i < l->outputs && l->class_names && l->outputs == 3; i++) {
        pensel_text_print(text, i ? ", %s: " : " Probabilities are %s: ", colours[i]);
        put_escaped(text, l->class_names[i]);
    }
    if (l->class_names && l->outputs == 3) pensel_text_put(text, ".");
}

/* Floats in base 64 (RFC 4648), of which three are sixteen characters */
static void put_numbers(pensel_text *text, const pensel_shader *s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char bytes[12];
    for (size_t i = 0; i < s->count; i += 3) {
        size_t n = s->count - i < 3 ? s->count - i : 3;
        memset(bytes, 0, sizeof bytes);
        for (size_t k = 0; k < n; k++) {
            float number = (float)s->numbers[i + k];
            pensel_swap_for_file(&number, 1, sizeof number);
            memcpy(bytes + 4 * k, &number, sizeof number);
        }
        for (size_t b = 0; b < 12; b += 3) {
            unsigned word = (unsigned)bytes[b] << 16 | (unsigned)bytes[b + 1] << 8 | bytes[b + 2];
            const char four[] = {digits[word >> 18], digits[word >> 12 & 63],
                                 digits[word >> 6 & 63], digits[word & 63]};
            pensel_text_add(text, four, 4);
        }
    }
}

/* What is drawn pixel by pixel is enlarged so: EPX (Johnston 1992), as in picture/enlarge.c, once,
 * and squares beyond. A network that is exact is so to half a step of 8 bits. */
static const char drawn_place[] =
    "vec4 pixel(vec2 at)\n{\n"
    "    at = clamp(floor(at), vec2(0.0), size - 1.0);\n"
    "    return colour(at.y, at.x);\n}\n\n"
    "bool same(vec4 a, vec4 b)\n{\n"
    "    return round(a * 255.0) == round(b * 255.0);\n}\n\n"
    "vec4 place(vec2 at)\n{\n"
    "    vec4 own = pixel(at);\n"
    "    if (view.z > 0.5) return own;\n"
    "    vec4 above = pixel(at - vec2(0.0, 1.0)), below = pixel(at + vec2(0.0, 1.0));\n"
    "    vec4 left = pixel(at - vec2(1.0, 0.0)), right = pixel(at + vec2(1.0, 0.0));\n"
    "    vec4 a = fract(at.y) < 0.5 ? above : below, b = fract(at.x) < 0.5 ? left : right;\n"
    "    bool corner = !same(above, below) && !same(left, right) && same(a, b);\n"
    "    return corner ? a : own;\n}\n\n";

/* Whether it is made of pixels, and these are drawn one by one, as `render` asks. */
static pensel_status find_drawn(bool *drawn, const pensel_painting *painting, pensel_error *error)
{
    const pensel_estimator *estimator = pensel_painting_estimator(painting);
    const pensel_shape *shape = pensel_network_shape(pensel_estimator_network(estimator));
    const pensel_canvas *canvas = pensel_painting_canvas(painting);
    pensel_picture p = {NULL, canvas->width, canvas->height, canvas->channels};
    pensel_render_options o = pensel_render_defaults();
    *drawn = false;
    if (shape->encoding.kind != PENSEL_PYRAMID || canvas->pictures > 1) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(p.pixels, p.width * p.height * p.channels, error));
    pensel_status status = pensel_painting_render(painting, p.pixels, 0, p.height, &o, error);
    *drawn = !status && pensel_picture_is_drawn(&p);
    pensel_release(p.pixels);
    return status;
}

/* What `place` draws: a painting's pixels, or the first input to the right, the second upwards */
static void put_place(pensel_text *text, const pensel_leaving *l, bool drawn)
{
    if (l->canvas) {
        pensel_text_print(text,
                          "\nconst vec2 size = vec2(%zu, %zu);\nconst float detail = 1.0;\n\n",
                          l->canvas->width, l->canvas->height);
        pensel_text_put(text, drawn ? drawn_place
                                    : "vec4 place(vec2 at)\n{\n"
                                      "    return colour(at.y - 0.5, at.x - 0.5);\n}\n\n");
    } else
        pensel_text_put(text, "\nconst vec2 size = vec2(1, 1);\nconst float detail = 100.0;\n\n"
                              "vec4 place(vec2 at)\n{\n    return colour(");
    if (l->canvas) return;
    pensel_shader_input(text, l, 0, "at.x");
    pensel_text_put(text, ", ");
    pensel_shader_input(text, l, 1, "1.0 - at.y");
    pensel_text_put(text, ");\n}\n\n");
}

/* The page, in the order in which a browser needs it: style, canvas, words, the shader and its
 * numbers as texts, then the script that reads both. */
static pensel_status put_file(pensel_text *text, const pensel_shader *s, const char *name,
                              pensel_error *error)
{
    const pensel_leaving *l = s->leaving;
    bool drawn = false;
    if (l->painting) PENSEL_TRY(find_drawn(&drawn, l->painting, error));
    size_t width = l->canvas ? l->canvas->width : 1, height = l->canvas ? l->canvas->height : 1;
    PENSEL_REQUIRE(s->count <= MOST_NUMBERS, UNSUPPORTED,
                   "html: the model has %zu numbers, and a page holds %d", s->count, MOST_NUMBERS);
    pensel_text_put(text, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                          "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    put_escaped(text, name);
    pensel_text_put(text, "</title>\n");
    pensel_text_put(text, head);
    pensel_text_put(text, "<p>");
    put_escaped(text, name);
    pensel_text_print(text,
                      ", made by pensel %s. Scroll to zoom, drag to move, double-click for all of "
                      "it.",
                      pensel_version());
    if (!l->canvas) put_meaning(text, l);
    pensel_text_put(text, "</p>\n");
    pensel_text_put(text, shader_head);
    pensel_text_add(text, s->code.bytes, s->code.size);
    put_place(text, l, drawn);
    pensel_text_put(text, shader_main);
    pensel_text_put(text, "<script type=\"application/octet-stream\" id=\"numbers\">");
    put_numbers(text, s);
    pensel_text_print(text, "</script>\n<script>const size = [%zu, %zu];</script>\n", width,
                      height);
    pensel_text_put(text, script);
    return PENSEL_OK;
}

static pensel_status write(pensel_text *text, const pensel_leaving *leaving,
                           const pensel_export_options *options, pensel_error *error)
{
    pensel_shader s;
    pensel_status status = pensel_shader_make(&s, leaving, "html", error);
    if (status == PENSEL_OK) status = put_file(text, &s, options->name, error);
    pensel_shader_clear(&s);
    return status;
}

const pensel_target pensel_target_html = {
    .name = "html",
    .help = "the same as one page that draws it at any zoom",
    .computes = pensel_shader_computes,
    .write = write,
};
