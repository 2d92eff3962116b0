// loads as: compile only
KMOD_RET(bpf_modify_return_test, int first, int *second, int result) { return first > 4096; }
