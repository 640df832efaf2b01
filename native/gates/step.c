/*
 * Counts a function's instructions by single steps: step ENTRY SIZE PROGRAM ARGUMENT...
 * The program stops by a trap before each call of the function at address ENTRY (not relocated;
 * SIZE bytes long). One line per call, `count outside`: the instructions from the first to the
 * return, and how many of them lay outside the function. No performance counter is needed, and
 * every instruction that the processor knows is counted. x86-64 Linux only.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what) {
  perror(what);
  exit(2);
}

/* Waits for the next stop. 0: the program has ended, with `code`. */
static int next_stop(pid_t child, int *code) {
  int status = 0;
  if (waitpid(child, &status, 0) < 0) die("step: waitpid");
  if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP) return 1;
  if (WIFSTOPPED(status)) {
    fprintf(stderr, "step: the program stopped by signal %d\n", WSTOPSIG(status));
    kill(child, SIGKILL);
    exit(2);
  }
  *code = WIFEXITED(status) ? WEXITSTATUS(status) : 2;
  return 0;
}

static struct user_regs_struct registers(pid_t child) {
  struct user_regs_struct all;
  if (ptrace(PTRACE_GETREGS, child, NULL, &all) < 0) die("step: PTRACE_GETREGS");
  return all;
}

static void step(pid_t child) {
  int code = 2;
  if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) < 0) die("step: PTRACE_SINGLESTEP");
  if (next_stop(child, &code)) return;
  fprintf(stderr, "step: the program ended inside a call\n");
  exit(2);
}

static void count_call(pid_t child, uint64_t entry, uint64_t size) {
  struct user_regs_struct now = registers(child);
  for (int tries = 0; now.rip != entry; tries++) {
    if (tries == 1000) {
      fprintf(stderr, "step: the trap is not followed by the call\n");
      kill(child, SIGKILL);
      exit(2);
    }
    step(child);
    now = registers(child);
  }
  /* The return takes the address off the stack; no callee can do so. */
  uint64_t stack = now.rsp;
  uint64_t count = 0;
  uint64_t outside = 0;
  while (now.rsp <= stack) {
    if (now.rip < entry || now.rip >= entry + size) outside++;
    count++;
    step(child);
    now = registers(child);
  }
  printf("%lu %lu\n", (unsigned long)count, (unsigned long)outside);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  uint64_t entry = strtoull(argv[1], NULL, 0);
  uint64_t size = strtoull(argv[2], NULL, 0);
  pid_t child = fork();
  if (child < 0) die("step: fork");
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0) die("step: PTRACE_TRACEME");
    /* What the program prints is asked for elsewhere; here only counts go to the output. */
    if (freopen("/dev/null", "w", stdout) == NULL) die("step: /dev/null");
    execv(argv[3], argv + 3);
    die("step: execv");
  }
  int code = 2;
  /* The first stop is the execv itself. */
  if (!next_stop(child, &code)) return code;
  for (;;) {
    if (ptrace(PTRACE_CONT, child, NULL, NULL) < 0) die("step: PTRACE_CONT");
    if (!next_stop(child, &code)) return code;
    count_call(child, entry, size);
  }
}
