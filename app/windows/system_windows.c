/* What POSIX has and Windows does otherwise, for the headers beside. */
#include <fcntl.h>
#include <io.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include <windows.h>
/* behind windows.h */
#include <ntsecapi.h>

/* Files are bytes, and what is printed is UTF-8. */
__attribute__((constructor)) static void begin(void)
{
    _fmode = _O_BINARY;
    for (int file = 0; file <= 2; file++)
        _setmode(file, _O_BINARY);
    SetConsoleOutputCP(CP_UTF8);
}

int pensel_windows_size(struct winsize *size)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_ERROR_HANDLE), &info)) return -1;
    size->ws_col = (unsigned short)(info.srWindow.Right - info.srWindow.Left + 1);
    size->ws_row = (unsigned short)(info.srWindow.Bottom - info.srWindow.Top + 1);
    return 0;
}

int pensel_windows_random(void *bytes, size_t size)
{
    return RtlGenRandom(bytes, (ULONG)size) ? 0 : -1;
}

long pensel_windows_pages(int what)
{
    const long page = 4096;
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    if (what == _SC_PAGESIZE) return page;
    return GlobalMemoryStatusEx(&memory) ? (long)(memory.ullTotalPhys / page) : 0;
}

/* Windows takes a handler away before it calls it. */
static void (*volatile handlers[NSIG])(int);

static void again(int number)
{
    signal(number, again);
    handlers[number](number);
}

int pensel_windows_signal(int number, const struct sigaction *action, struct sigaction *before)
{
    if (number != SIGINT && number != SIGTERM) {
        if (before) *before = (struct sigaction){.sa_handler = SIG_IGN};
        return 0;
    }
    if (before) *before = (struct sigaction){.sa_handler = SIG_DFL};
    if (!action) return 0;
    handlers[number] = action->sa_handler;
    return signal(number, again) == SIG_ERR ? -1 : 0;
}
