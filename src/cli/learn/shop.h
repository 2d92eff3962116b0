// The shop that the lessons look at: functions of Sonda's own program that probes are put on. Their names and
// parameters are what the lessons say.
#pragma once

#include <cstdint>

// Found by name in the program's symbols, also where it is stripped; so no namespace.
extern "C" {
/// A customer orders something for `amount`; `note` is what they write beside it. Gives what the kitchen says: 0, or -1
/// for an order of nothing.
long sonda_order(std::uint32_t customer, std::uint64_t amount, const char* note);
/// A customer pays.
void sonda_pay(std::uint32_t customer, std::uint64_t amount);
/// Something arrives at a customer's, so many minutes after it was ordered. Passes the USDT mark sonda:delivery with
/// both; the function itself has no name in the program.
void sonda_let_deliver(std::uint32_t customer, std::uint64_t minutes);
}
