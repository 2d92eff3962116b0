// Where functions might be attached that nothing says anything of.
#pragma once

#include <string>
#include <vector>

#include "sonda/probe.h"

namespace sonda::front {

struct Proposal {
  std::string function;
  std::vector<std::string> points;  ///< that there are here, as far as that can be told; the likeliest first
  std::string form;                 ///< where there are none: of what form its point is, "uprobe:BINARY:FUNCTION"
};

/// By what the functions of the probe are called and take; `attached` are others of it.
std::vector<Proposal> propose_points(const ProbeSource& source, const Image& image,
                                     const std::vector<std::string>& functions,
                                     const std::vector<Attachment>& attached);

/// A line for each point, to be pasted: `  --attach 'kprobe:vfs_read=do_vfs_read'`.
std::vector<std::string> proposal_lines(const std::vector<Proposal>& proposals);

/// What to do with these lines.
std::string proposal_hint(const std::vector<Proposal>& proposals);

}  // namespace sonda::front
