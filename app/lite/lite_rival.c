/* WebP is not known here, and JPEG is not tried: nothing is said of either. */
#include "image.h"

#include <math.h>

pensel_rival pensel_image_rival(const pensel_picture *picture, const char *format, double psnr)
{
    (void)picture, (void)format, (void)psnr;
    return (pensel_rival){0, NAN};
}
