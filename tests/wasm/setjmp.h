/* Needed by the real cmocka only, and WASI's C library has none. */
