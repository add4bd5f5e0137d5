// A shim for tests, loaded before a program by LD_PRELOAD; see FaultShim.c. It has nothing to call.
