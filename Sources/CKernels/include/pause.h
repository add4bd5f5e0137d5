#ifndef CKERNELS_PAUSE_H
#define CKERNELS_PAUSE_H

/* Tells the processor that this thread only waits for another to write. */
static inline void wb_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
