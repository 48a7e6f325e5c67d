/* INLINE: functions that become part of their callers, where arguments that are constants turn
 * loops into straight code: blocks of sums, contexts of latents, rows of pixels.
 *
 * With sanitizers that code would be full of checks, and take compilers minutes; there they
 * choose. */
#ifndef PENSEL_BASE_INLINE_H
#define PENSEL_BASE_INLINE_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INLINE static inline
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INLINE static inline
#endif
#endif
#ifndef INLINE
#define INLINE static inline __attribute__((always_inline))
#endif

#endif
