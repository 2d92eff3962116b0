// Where the names that completion offers come from.
#pragma once

#include "cli/shell/completion.h"
#include "cli/shell/workspace.h"

namespace sonda::shell {

/// Of the workspace and of this machine. What is dear to find (the functions of a binary) is kept. Borrows.
CompletionNames names_of(Workspace& workspace);

}  // namespace sonda::shell
