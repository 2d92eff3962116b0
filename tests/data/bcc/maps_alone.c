// loads as: compile only
BPF_TABLE_PUBLIC("hash", u32, u64, shared_counts, 64);
