/* An ICC profile in few bytes. That of sRGB has 3,144, and a small painting hardly more. */
#ifndef PENSEL_CODEC_PROFILE_H
#define PENSEL_CODEC_PROFILE_H

#include "pensel/base.h"

#include "codec/range_coder.h"

enum { PENSEL_PACKED_MOST = 1 << 16 }; /* bytes of a profile that is packed; larger ones are not */

/* Into the writer, whose `full` says that it had too little room. */
pensel_status pensel_profile_pack(pensel_range_writer *writer, const uint8_t *profile, size_t size,
                                  pensel_error *error);

/* profile (size) of what was packed. Any bytes give some profile: a checksum tells damage. */
pensel_status pensel_profile_unpack(uint8_t *profile, size_t size, const uint8_t *packed,
                                    size_t packed_size, pensel_error *error);

#endif
