// libbpf's BTF, owned; and libbpf kept from printing: what goes wrong is in the errors that are thrown.
#pragma once

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <memory>

namespace sonda {

struct FreeBtf {
  void operator()(btf* types) const noexcept { btf__free(types); }
};
using BtfPointer = std::unique_ptr<btf, FreeBtf>;

/// While it lives libbpf prints nothing; then it prints as before.
class QuietLibbpf {
 public:
  QuietLibbpf() : before_(libbpf_set_print(nullptr)) {}
  QuietLibbpf(const QuietLibbpf&) = delete;
  QuietLibbpf& operator=(const QuietLibbpf&) = delete;
  ~QuietLibbpf() { libbpf_set_print(before_); }

 private:
  libbpf_print_fn_t before_;
};

}  // namespace sonda
