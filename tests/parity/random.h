/* Written by make_random.py with NumPy 2.4.6; do not edit. */
enum { SEEDS = 6, DRAWS = 700, CARDS = 20 };
static const uint32_t seeds[SEEDS] = {0u, 1u, 42u, 12345u, 2147483648u, 4294967295u};
static const double first_draws[SEEDS][4] = {
    {0x1.31fc2acbe2550p+0, 0x1.dc5a99ec10e66p+0, 0x1.693acd6dd1296p+0, 0x1.2df5db6c72beap+0},
    {0x1.560fa1ff4780cp-1, 0x1.e19cbe775e0a2p+0, -0x1.ffc408df333c8p-1, 0x1.acb55bff047a0p-3},
    {0x1.fe1dc797d47b0p-2, 0x1.66c4068bbd654p+1, 0x1.ed8fd1e3ccea2p+0, 0x1.6506bacc65960p+0},
    {0x1.5bf6a3f8f84b7p+1, 0x1.0fdfd042ec110p-2, -0x1.0eab25eba4a50p-2, -0x1.743e00b1babb0p-3},
    {-0x1.91656f5457d80p-2, 0x1.241e2e1714d70p+1, 0x1.0d0e1c8a62528p+1, 0x1.2a0ed2b3264ecp+0},
    {-0x1.380cb2e36dbf0p-1, 0x1.5323d824032b1p+1, 0x1.13fc6f61af3f9p+1, 0x1.0f5ca1b151c07p+1},
};
static const double last_draws[SEEDS][4] = {
    {-0x1.e6e036943fd90p-3, -0x1.d8d61826d32e4p-1, 0x1.1295dd62a5762p+0, 0x1.2f8072ee1d1f7p+1},
    {0x1.aac6c3a3d2b70p-3, 0x1.441c500b6f451p+1, 0x1.2c33d218a1774p+0, 0x1.2cbde8ce237a0p-3},
    {0x1.3c76245962980p-3, 0x1.53301cc0c803ap+0, -0x1.87baf622cf048p-2, 0x1.d95ffb52159b4p-1},
    {0x1.f4d6d651e2b7ep+0, -0x1.c8d01896f7a30p-1, 0x1.0f2593105ea1cp-1, -0x1.ea71230bd94f0p-1},
    {0x1.7b55f1375fdd0p+1, 0x1.242c4904e1c86p+1, -0x1.5484b7e371f80p-4, 0x1.884971307a746p+0},
    {-0x1.b66826e410bc8p-1, 0x1.40c5a366a9b33p+1, 0x1.007e0de7a6980p-6, -0x1.eee4c0f4c4144p-1},
};
/* 0..19 shuffled twice after the draws */
static const size_t shuffled[SEEDS][CARDS] = {
    {7, 16, 10, 13, 17, 14, 19, 12, 2, 15, 18, 5, 4, 6, 0, 8, 3, 9, 11, 1},
    {8, 10, 6, 7, 0, 3, 12, 5, 14, 13, 17, 1, 11, 9, 2, 16, 4, 19, 18, 15},
    {0, 3, 15, 14, 16, 10, 1, 5, 19, 4, 18, 6, 12, 8, 2, 9, 11, 17, 7, 13},
    {16, 8, 6, 11, 17, 15, 18, 1, 12, 0, 2, 19, 13, 9, 4, 5, 14, 3, 10, 7},
    {8, 6, 15, 19, 12, 11, 4, 17, 2, 1, 0, 9, 18, 13, 16, 3, 5, 10, 14, 7},
    {15, 18, 0, 14, 6, 10, 9, 7, 12, 1, 16, 19, 11, 8, 13, 3, 4, 17, 5, 2},
};
/* uniform(0, 1) after a shuffle of 1000 items more */
static const double after[SEEDS] = {
    0x1.f8838a09fd839p-1, 0x1.cec84fd2598d6p-2, 0x1.f7b03d0ff5738p-4,
    0x1.301cdcc460eb2p-2, 0x1.49a74a3857050p-1, 0x1.b13b98146b0f2p-2,
};
