// Makes calls that change files fail, or kills the process at one of them. Loaded by LD_PRELOAD into the program under
// test and, since the environment goes on to them, into the processes that it starts. What it does is in the environment:
//
//   FAULT_UNDER     only calls on files below this folder count; without it nothing happens
//   FAULT_NAMED     and only those whose path contains this
//   FAULT_CALLS     and only these, a letter each: o(pen that makes a file) w(rite) s(ync) d(irectory's sync)
//                   c(lose of what was written) r(ename) u(nlink) m(kdir) t(runcate); all of them if not given
//   FAULT_COUNTER   a file in which calls are counted, over all processes; its first 8 bytes are the number so far
//   FAULT_AT        the call that fails, counted from 1; 0 or not given: none, they are only counted
//   FAULT_FOR_GOOD  1: and all calls after it
//   FAULT_ERROR     with which error number it fails; 0 or not given: the process is killed before the call
//   FAULT_HALF      1: a write that fails has written half of its bytes
//
//   FAULT_UNPRIVILEGED  1: what root may do beyond permissions is given up
//
// With EROFS, opening for writing what is there is a call that counts too.

#ifdef __linux__
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
  const char *under, *named, *calls;
  long at;
  int for_good, error, half;
  _Atomic long *counter;
} fault;

static _Atomic long own_counter;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long number(const char *name) {
  const char *text = getenv(name);
  return text ? atol(text) : 0;
}

__attribute__((constructor)) static void prepare(void) {
  fault.named = getenv("FAULT_NAMED");
  fault.calls = getenv("FAULT_CALLS");
  fault.at = number("FAULT_AT");
  fault.for_good = number("FAULT_FOR_GOOD") != 0;
  fault.error = (int)number("FAULT_ERROR");
  fault.half = number("FAULT_HALF") != 0;
  fault.counter = &own_counter;
  const char *counter = getenv("FAULT_COUNTER");
  if (counter) {
    int descriptor = REAL(open)(counter, O_RDWR | O_CLOEXEC);
    void *place = descriptor < 0 ? MAP_FAILED
                                 : mmap(0, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (place == MAP_FAILED) abort();
    fault.counter = place;
    REAL(close)(descriptor);
  }
  if (number("FAULT_UNPRIVILEGED")) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    if (syscall(SYS_capset, &header, none) != 0) abort();
  }
  // Last: from here on calls count.
  fault.under = getenv("FAULT_UNDER");
}

static int is_meant(const char *path) {
  if (!fault.under) return 0;
  char whole[PATH_MAX * 2];
  if (path[0] != '/') {
    if (!getcwd(whole, PATH_MAX)) return 0;
    strncat(whole, "/", 2);
    strncat(whole, path, PATH_MAX - 1);
    path = whole;
  }
  if (strncmp(path, fault.under, strlen(fault.under)) != 0) return 0;
  return !fault.named || strstr(path, fault.named) != 0;
}

static int is_meant_file(int descriptor) {
  if (!fault.under) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t count = readlink(link, path, sizeof path - 1);
  if (count < 0) return 0;
  path[count] = 0;
  return is_meant(path);
}

// Whether this call is to fail; errno says how.
static int fails(char call) {
  if (fault.calls && !strchr(fault.calls, call)) return 0;
  long now = atomic_fetch_add(fault.counter, 1) + 1;
  if (fault.at == 0 || now < fault.at || (now > fault.at && !fault.for_good)) return 0;
  if (fault.error == 0) kill(getpid(), SIGKILL);
  errno = fault.error;
  return 1;
}

static int fails_at(char call, const char *path) { return is_meant(path) && fails(call); }
static int fails_on(char call, int descriptor) { return is_meant_file(descriptor) && fails(call); }

static int open_fails(const char *path, int flags) {
  if (!is_meant(path)) return 0;
  int is_writing = (flags & O_ACCMODE) != O_RDONLY;
  int is_making = (flags & O_CREAT) && access(path, F_OK) != 0;
  int counts = is_making || (fault.error == EROFS && is_writing);
  return counts && fails('o');
}

#define MODE(flags, last)                                                   \
  mode_t mode = 0;                                                          \
  if (flags & (O_CREAT | O_TMPFILE)) {                                      \
    va_list rest;                                                           \
    va_start(rest, last);                                                   \
    mode = va_arg(rest, int);                                               \
    va_end(rest);                                                           \
  }

int open(const char *path, int flags, ...) {
  MODE(flags, flags)
  return open_fails(path, flags) ? -1 : REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE(flags, flags)
  return open_fails(path, flags) ? -1 : REAL(open64)(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
  MODE(flags, flags)
  return open_fails(path, flags) ? -1 : REAL(openat)(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) {
  MODE(flags, flags)
  return open_fails(path, flags) ? -1 : REAL(openat64)(folder, path, flags, mode);
}

ssize_t write(int file, const void *bytes, size_t count) {
  if (fails_on('w', file)) {
    if (!fault.half || count < 2) return -1;
    return REAL(write)(file, bytes, count / 2);
  }
  return REAL(write)(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t place) {
  if (fails_on('w', file)) {
    if (!fault.half || count < 2) return -1;
    return REAL(pwrite)(file, bytes, count / 2, place);
  }
  return REAL(pwrite)(file, bytes, count, place);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t place) {
  if (fails_on('w', file)) {
    if (!fault.half || count < 2) return -1;
    return REAL(pwrite64)(file, bytes, count / 2, place);
  }
  return REAL(pwrite64)(file, bytes, count, place);
}

int fsync(int file) {
  struct stat status;
  int is_folder = fault.under && fstat(file, &status) == 0 && S_ISDIR(status.st_mode);
  return fails_on(is_folder ? 'd' : 's', file) ? -1 : REAL(fsync)(file);
}

int fdatasync(int file) { return fails_on('s', file) ? -1 : REAL(fdatasync)(file); }
int syncfs(int file) { return fails_on('s', file) ? -1 : REAL(syncfs)(file); }

int close(int file) {
  int flags = fault.under ? fcntl(file, F_GETFL) : -1;
  int counts = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && fails_on('c', file);
  int code = errno;
  int result = REAL(close)(file);
  if (!counts) return result;
  errno = code;
  return -1;
}

int rename(const char *old, const char *new) {
  return fails_at('r', new) ? -1 : REAL(rename)(old, new);
}

int renameat2(int a, const char *old, int b, const char *new, unsigned flags) {
  return fails_at('r', new) ? -1 : REAL(renameat2)(a, old, b, new, flags);
}

int unlink(const char *path) { return fails_at('u', path) ? -1 : REAL(unlink)(path); }
int remove(const char *path) { return fails_at('u', path) ? -1 : REAL(remove)(path); }
int rmdir(const char *path) { return fails_at('u', path) ? -1 : REAL(rmdir)(path); }

int unlinkat(int folder, const char *path, int flags) {
  return fails_at('u', path) ? -1 : REAL(unlinkat)(folder, path, flags);
}

int mkdir(const char *path, mode_t mode) {
  if (access(path, F_OK) == 0) return REAL(mkdir)(path, mode);
  return fails_at('m', path) ? -1 : REAL(mkdir)(path, mode);
}

int ftruncate(int file, off_t size) {
  return fails_on('t', file) ? -1 : REAL(ftruncate)(file, size);
}

int ftruncate64(int file, off64_t size) {
  return fails_on('t', file) ? -1 : REAL(ftruncate64)(file, size);
}

int posix_fallocate(int file, off_t place, off_t size) {
  return fails_on('t', file) ? errno : REAL(posix_fallocate)(file, place, size);
}

int posix_fallocate64(int file, off64_t place, off64_t size) {
  return fails_on('t', file) ? errno : REAL(posix_fallocate64)(file, place, size);
}
#endif
