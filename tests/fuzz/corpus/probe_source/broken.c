// @param X "a\"b" "say \"hi\""
// @parm Y 1 "x"
char *s = "unterminated
/* open