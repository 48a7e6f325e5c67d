/* INLINE: functions that become part of their callers, where arguments that are constants turn
 * loops into straight code: blocks of sums, contexts of latents, rows of pixels. */
#ifndef PENSEL_BASE_INLINE_H
#define PENSEL_BASE_INLINE_H

#define INLINE static inline __attribute__((always_inline))

/* Whether each access is checked. Much straight code then takes compilers minutes. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PENSEL_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PENSEL_SANITIZED
#endif
#endif

#endif
