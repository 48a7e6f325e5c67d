"""Exported C, compiled and run: on this machine by gcc and clang, and on microcontrollers by QEMU. For
export_check.py."""

import itertools
import pathlib
import re
import shutil
import subprocess

import numpy as np

STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-O1", "-ffp-contract=off"]
EACH_COMPILER = ["gcc", "clang-16"]
COMPILERS = itertools.cycle(EACH_COMPILER)

# One model after another goes through each compiler by turns; rows come as floats, outputs go as floats.
HOST = """#include "model.h"
#include <stdio.h>
int main(void)
{
    float x[MODEL_INPUTS], y[MODEL_OUTPUTS];
    while (fread(x, sizeof x, 1, stdin) == 1) {
        model_predict(x, y);
        fwrite(y, sizeof y, 1, stdout);
    }
    return 0;
}
"""

TABLE = """#include "model.h"
#include <math.h>
#include <stdio.h>
static const model_row rows[] = {
%s};
int main(void)
{
    float y[MODEL_OUTPUTS];
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        model_predict(&rows[i], y);
        fwrite(y, sizeof y, 1, stdout);
    }
    return 0;
}
"""


# The arithmetic of processors without a floating-point unit against this machine's, on random bits
ARITHMETIC = """#define __riscv 1
#include "model.c"
#include <math.h>
#include <stdio.h>
static uint32_t state = 1;
static float draw(void)
{
    bits x;
    for (int i = 0; i < 3; i++)
        state = state * 1664525u + 1013904223u, x.u = x.u << 11 ^ state >> 11;
    if (state >> 28 < 12) x.u = (x.u & 0x80ffffffu) | 0x3c000000u; /* exponents near each other */
    if ((x.u >> 23 & 255) == 255) x.u ^= 0x40000000u;
    return x.f;
}
static int differs(volatile float found, volatile float expected)
{
    int small = fabsf(expected) < 1.1754944e-38f; /* subnormal numbers count as 0 */
    return small ? fabsf(found) > 1.1754944e-38f : found != expected;
}
int main(void)
{
    long wrong[5] = {0};
    for (long i = 0; i < 4000000; i++) {
        float a = draw(), b = draw();
        if (fabsf(a) < 1.1754944e-38f || fabsf(b) < 1.1754944e-38f) continue;
        wrong[0] += differs(add(a, b), a + b);
        wrong[1] += differs(mul(a, b), a * b);
        wrong[2] += differs(divide(a, b), a / b);
        wrong[3] += fabsf(a - b) > 1.1754944e-38f && LESS(a, b) != (a < b);
        wrong[4] += fabsf(a) < 1e6f && (nearest(a) != (int32_t)roundf(a) || real(nearest(a)) != roundf(a));
    }
    printf("%ld %ld %ld %ld %ld\\n", wrong[0], wrong[1], wrong[2], wrong[3], wrong[4]);
    return 0;
}
"""


def run(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, **options).stdout


def run_host(folder, source, rows=None, compiler=None):
    """Outputs (rows, outputs) of model.c and model.h in the folder."""
    (folder / "main.c").write_text(source, encoding="utf-8")
    run(compiler or next(COMPILERS), *STRICT, "-DMODEL_LIBRARY", "main.c", "model.c", "-lm", "-o", "main", cwd=folder)
    data = rows.astype(np.float32).tobytes() if rows is not None else b""
    outputs = int((folder / "model.h").read_text(encoding="utf-8").split("MODEL_OUTPUTS ")[1].split()[0])
    return np.frombuffer(run(folder / "main", input=data), np.float32).reshape(-1, outputs)


def wrong_results(folder):
    """Of sums, products, quotients, comparisons and roundings, in model.c of a model that has all of them."""
    (folder / "main.c").write_text(ARITHMETIC, encoding="utf-8")
    run("gcc", "-std=c99", "-O2", "-ffp-contract=off", "main.c", "-lm", "-o", "main", cwd=folder)
    return run(folder / "main", text=True).split()


def literal(value):
    if isinstance(value, str):
        return '"%s"' % "".join("\\%03o" % byte for byte in value.encode()) if value else "NULL"
    return "NAN" if np.isnan(value) else repr(float(value))


def run_table(folder, columns):
    """The same of a table's model: columns as lists, in the model's order."""
    lines = ["    {%s},\n" % ", ".join(map(literal, row)) for row in zip(*columns, strict=True)]
    return run_host(folder, TABLE % "".join(lines))


# ------------------------------------------------------------------ microcontrollers

# Outputs leave as hexadecimal digits of their bits, by the debugger's call SYS_WRITE0 (4); SYS_EXIT is 0x18.
BARE = """#include "model.h"
#include <string.h>
static const float rows[][MODEL_INPUTS] = {
%s};
extern char data_from[], data_to[], data_end[], bss_end[];
static long call(long operation, const void *argument)
{
#ifdef __riscv
    register long a0 __asm("a0") = operation;
    register const void *a1 __asm("a1") = argument;
    __asm volatile(".option push\\n.option norvc\\n.balign 16\\nslli x0, x0, 0x1f\\nebreak\\nsrai x0, x0, 7\\n"
                   ".option pop" : "+r"(a0) : "r"(a1) : "memory");
    return a0;
#else
    register long r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
#endif
}
/* In the place of the model, to measure how much the rest takes */
static __attribute__((unused)) void skip(const float *x, float *y)
{
    for (int k = 0; k < MODEL_OUTPUTS; k++)
        y[k] = x[0];
}
void start(void);
void start(void)
{
#if defined(__ARM_FP)
    *(volatile unsigned long *)0xe000ed88 |= 0xful << 20; /* the floating-point unit is switched on */
    __asm volatile("dsb\\nisb");
#endif
    memcpy(data_to, data_from, (size_t)(data_end - data_to));
    memset(data_end, 0, (size_t)(bss_end - data_end));
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        float y[MODEL_OUTPUTS];
        char line[MODEL_OUTPUTS * 8 + 2];
        PREDICT(rows[i], y);
        for (unsigned k = 0; k < MODEL_OUTPUTS; k++) {
            unsigned long bits;
            memcpy(&bits, &y[k], 4);
            for (unsigned d = 0; d < 8; d++)
                line[k * 8 + d] = "0123456789abcdef"[bits >> (28 - 4 * d) & 15];
        }
        line[MODEL_OUTPUTS * 8] = '\\n';
        line[MODEL_OUTPUTS * 8 + 1] = 0;
        call(4, line);
    }
    call(0x18, (const void *)0x20026); /* the program has ended */
    for (;;) {}
}
#ifdef __riscv
__asm(".section .vectors, \\"ax\\"\\n.global reset\\nreset: la sp, stack_top\\nj start");
#else
extern char stack_top[];
__attribute__((section(".vectors"), used)) static const void *const vectors[] = {stack_top, (const void *)start};
#endif
"""

SCRIPT = """MEMORY { FLASH : ORIGIN = %s, LENGTH = %s  RAM : ORIGIN = %s, LENGTH = %s }
SECTIONS {
    .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) *(.srodata*) } > FLASH
    .data : { data_to = .; *(.data*) *(.sdata*) . = ALIGN(4); data_end = .; } > RAM AT > FLASH
    data_from = LOADADDR(.data);
    .bss : { *(.bss*) *(.sbss*) *(COMMON) . = ALIGN(4); bss_end = .; } > RAM
    stack_top = ORIGIN(RAM) + LENGTH(RAM);
    /DISCARD/ : { *(.ARM.exidx*) *(.ARM.attributes) *(.comment) *(.eh_frame*) }
}
"""

ARM = ["arm-none-eabi-gcc", "-mthumb"]
BOARDS = {
    "Cortex-M0+": (ARM + ["-mcpu=cortex-m0plus"], ("0", "256K", "0x20000000", "16K"),
                   ["qemu-system-arm", "-M", "microbit"]),
    "Cortex-M4F": (ARM + ["-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
                   ("0", "4M", "0x20000000", "4M"), ["qemu-system-arm", "-M", "mps2-an386"]),
    "RISC-V": (["riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", "--specs=picolibc.specs"],
               ("0x80000000", "4M", "0x80400000", "4M"), ["qemu-system-riscv32", "-M", "virt", "-bios", "none"]),
}


def missing_tools():
    words = sorted({tool for board in BOARDS.values() for tool in (board[0][0], board[2][0])})
    return [word for word in words if not shutil.which(word)]


def link(folder, board, name, predict, more=()):
    compiler, memory, _ = BOARDS[board]
    (folder / "link.ld").write_text(SCRIPT % memory, encoding="utf-8")
    run(*compiler, "-std=c99", "-Os", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections",
        "-nostartfiles", "-DPREDICT=" + predict, "bare.c", "model.c", *more, "-T", "link.ld", "-lm", "-o", name, cwd=folder)
    size = run(compiler[0].replace("gcc", "size"), name, cwd=folder, text=True).splitlines()[1].split()
    return int(size[0]) + int(size[1]), int(size[1]) + int(size[2])  # flash: text and data; RAM: data and bss


def run_board(folder, board, rows, more=()):
    """Outputs on that processor, and the bytes of flash and RAM that the model takes; `more` is linked as well."""
    lines = ["    {%s},\n" % ", ".join("%.9gf" % v if "." in "%.9g" % v or "e" in "%.9g" % v else "%.1ff" % v for v in row)
             for row in rows]
    (folder / "bare.c").write_text(BARE % "".join(lines), encoding="utf-8")
    flash, ram = link(folder, board, "model.elf", "model_predict", more)
    without = link(folder, board, "without.elf", "skip")  # the same program without the model
    done = subprocess.run([*BOARDS[board][2], "-nographic", "-monitor", "none", "-serial", "none", "-semihosting-config",
                           "enable=on,target=native", "-kernel", "model.elf"], cwd=folder, capture_output=True, text=True,
                          timeout=60, check=False)
    text = (done.stdout + done.stderr).split()
    values = np.array([[int(line[i:i + 8], 16) for i in range(0, len(line), 8)] for line in text], np.uint32)
    return values.view(np.float32), flash - without[0], ram - without[1]


def integers(folder):
    """The dense layers of a model.c in 8 bits: (w, scale, wide, b) of each, and the weights in units of one."""
    text = (folder / "model.c").read_text(encoding="utf-8")
    layers = []
    for i in re.findall(r"int8_t w(\d+)\[", text):
        if not re.search(r" c%s\[\]" % i, text):
            continue  # a table
        w, s, c = (re.search(r" %s%s\[\] = \{(.*?)\}" % (kind, i), text, re.S)[1].replace("f", "") for kind in "wsc")
        scale = np.array(s.split(","), np.uint32)
        wide = scale >> 15 == 1
        scale = ((scale & 0x7FFF) << 16).astype(np.uint32).view(np.float32).astype(float)
        rows = iter(np.array(w.split(","), float).reshape(len(scale) + wide.sum(), -1))
        weights = np.stack([(next(rows) + (next(rows) / 256 if two else 0)) for two in wide]) * scale[:, None]
        layers.append((weights, scale, wide, np.array(c.split(","), float) * scale))
    return layers


def tables(folder):
    """Tables of a model.c in 8 or 16 bits: {operation: (whole numbers, scales, bits)}."""
    text = (folder / "model.c").read_text(encoding="utf-8")
    found = {}
    for bits, i in re.findall(r"int(8|16)_t w(\d+)\[", text):
        if re.search(r" c%s\[\]" % i, text):
            continue  # a dense layer
        w, s = (re.search(r" %s%s\[\] = \{(.*?)\}" % (kind, i), text, re.S)[1] for kind in "ws")
        scale = (np.array(s.split(","), np.uint32) << 16).view(np.float32).astype(float)
        found[int(i)] = np.array(w.split(","), float), scale, int(bits)
    return found


def stack_bytes(folder):
    """What the file itself says of its values."""
    return int(pathlib.Path(folder / "model.c").read_text(encoding="utf-8").split(" bytes of values")[0].split()[-1])
