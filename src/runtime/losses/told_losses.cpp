#include "runtime/losses/told_losses.h"

#include <algorithm>
#include <cerrno>

#include "runtime/losses/loss_counters.h"

namespace sonda {

bool is_full_perf_buffer(const Loss& loss) { return loss.what == Loss::What::events && loss.error == ENOSPC; }

std::uint64_t take_losses(std::vector<Loss>& losses, const LoadedImage& loaded, const ProbeSource& source) {
  std::uint64_t unsaid = 0;
  for (const auto& loss : loaded.losses()) {
    if (!std::ranges::binary_search(source.quiet_lines(), loss.at.line))
      add_loss(losses, loss);
    else if (is_full_perf_buffer(loss))
      unsaid += loss.count;
  }
  return unsaid;
}

}  // namespace sonda
