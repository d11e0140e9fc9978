#include "sim/strike/sync_watch.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace sediment::sim {

std::optional<int> watch_syncs_of_this_thread() {
#if defined(__x86_64__)
  constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
  constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#else
  constexpr unsigned kArchitecture = 0;
#endif
  sock_filter filter[] = {
      // Calls of another architecture, such as those of a 32-bit program, have other numbers: they are not watched.
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_sync, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_syncfs, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
  };
  sock_fprog program{static_cast<unsigned short>(std::size(filter)), filter};
  if (kArchitecture == 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return std::nullopt;
  const long descriptor = ::syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  return descriptor < 0 ? std::nullopt : std::optional(static_cast<int>(descriptor));
}

void let_sync_go_on(int descriptor, const std::function<void(pid_t process)>& recorded) {
  seccomp_notif waiting{};  // it must be zero
  if (::ioctl(descriptor, SECCOMP_IOCTL_NOTIF_RECV, &waiting) != 0) return;
  recorded(static_cast<pid_t>(waiting.pid));
  seccomp_notif_resp answer{};
  answer.id = waiting.id;
  answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  (void)::ioctl(descriptor, SECCOMP_IOCTL_NOTIF_SEND, &answer);  // fails if the process has been killed meanwhile
}

}  // namespace sediment::sim
