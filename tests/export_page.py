"""Exported shaders and pages, drawn by Chromium without a screen. For export_check.py."""

import re
import subprocess

import numpy as np

# Draws everything at one pixel of the screen for each of the picture, and leaves it in the page as text.
TELL = """<script>
try {
    draw(%s);
    const pixels = new Uint8Array(canvas.width * canvas.height * 4);
    gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    document.body.dataset.pixels = Array.from(pixels).join(" ");
} catch (error) {
    document.body.dataset.error = note.textContent + " " + error.message;
}
</script>
"""

# What Shadertoy puts around an image shader.
TOY = """<!doctype html><body><canvas></canvas><p></p><script>
const canvas = document.querySelector("canvas"), note = document.querySelector("p"), gl = canvas.getContext("webgl2");
function compile(program, type, text) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) note.textContent = gl.getShaderInfoLog(shader);
    gl.attachShader(program, shader);
}
function draw(width, height) {
    const program = gl.createProgram();
    compile(program, gl.VERTEX_SHADER, `#version 300 es
        void main() { gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }`);
    compile(program, gl.FRAGMENT_SHADER, document.getElementById("toy").textContent);
    gl.linkProgram(program);
    gl.useProgram(program);
    canvas.width = width;
    canvas.height = height;
    gl.viewport(0, 0, width, height);
    gl.uniform3f(gl.getUniformLocation(program, "iResolution"), width, height, 1);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
}
</script><script type="x" id="toy">#version 300 es
precision highp float;
precision highp int;
uniform vec3 iResolution;
out vec4 result;
%s
void main() { mainImage(result, gl_FragCoord.xy); }
</script>
"""


def read_pixels(folder, page, width, height, call):
    """(height, width, 4) of 0 to 255, or the sentence of the error."""
    (folder / "told.html").write_text(page + TELL % call, encoding="utf-8")
    done = subprocess.run(["chromium", "--headless", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
                           "--user-data-dir=" + str(folder / "chromium"), "--virtual-time-budget=10000", "--dump-dom",
                           (folder / "told.html").resolve().as_uri()], capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r'data-pixels="([\d ]+)"', done.stdout)
    if not found:
        wrong = re.search(r'data-error="([^"]*)"', done.stdout)
        return wrong.group(1) if wrong else "no page: " + done.stderr[-300:]
    return np.array(found.group(1).split(), int).reshape(height, width, 4)[::-1]


def draw_page(folder, name, width, height, view="0, 0, 1"):
    page = (folder / name).read_text(encoding="utf-8")
    page = page.replace("</style>", "canvas { width: 40px !important; height: 30px !important; }</style>")  # its own drawing
    return read_pixels(folder, page, width, height, "%s, %d, %d" % (view, width, height))


def draw_toy(folder, name, width, height):
    page = TOY % (folder / name).read_text(encoding="utf-8")
    return read_pixels(folder, page, width, height, "%d, %d" % (width, height))
