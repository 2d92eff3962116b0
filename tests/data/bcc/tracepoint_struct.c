// loads as: tracepoint
int on_switch(struct tracepoint__sched__sched_switch *args) { return args->prev_pid; }
