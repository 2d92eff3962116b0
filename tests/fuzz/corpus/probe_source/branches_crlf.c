/** @brief x
 * @attach profile:hz:99
 */
#if A
int f(void *c) {
#else
int g(void *c) {
#endif
 return 0; }