// Everything.
#pragma once

#include "sonda/error.h"
#include "sonda/probe.h"
#include "sonda/version.h"
