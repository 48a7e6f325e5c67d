/* Written by expected.py with scikit-image: height, width, channels, PSNR, SSIM. */
static const struct {
    size_t height, width, channels;
    double psnr, ssim;
} expected[] = {
    {7, 7, 1, 32.044233644867177, 0.99135191034914849},
    {20, 31, 3, 31.827235781142612, 0.99163637962110618},
    {33, 16, 4, 31.816634977909555, 0.99206024057566711},
    {64, 48, 2, 31.801431966927233, 0.99147161730948485},
};
