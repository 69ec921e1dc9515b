/* The header alone, as strict C99; with -Wpadded, which finds room where a new field would hide. */
#include <elastiroll.h>

int main(void) { return elr_version_number() == 0; }
