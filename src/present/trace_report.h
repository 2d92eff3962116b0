// Lines of bpf_trace_printk, printed as they come.
#pragma once

#include "present/output.h"
#include "sonda/image.h"
#include "sonda/trace_pipe.h"

namespace sonda::present {

/// Whether a program of the image writes to trace_pipe.
bool writes_trace(const Image& image);

void print_trace(const TraceFields& fields, TableOutput& output);

}  // namespace sonda::present
