// libbpf's BTF, owned.
#pragma once

#include <bpf/btf.h>

#include <memory>

namespace sonda {

struct FreeBtf {
  void operator()(btf* types) const noexcept { btf__free(types); }
};
using BtfPointer = std::unique_ptr<btf, FreeBtf>;

}  // namespace sonda
