// `sonda run` without a file: what can be run by name.
#pragma once

#include "report/column.h"
#include "report/output.h"

namespace sonda::cli {

/// A row for each probe that has a name, with what its file says of itself.
void list_probes(report::Output& output, report::Format format);

}  // namespace sonda::cli
