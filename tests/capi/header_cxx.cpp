// The header alone, in C++.
#include <elastiroll.h>

int main() { return elr_version_number() == 0 ? 1 : 0; }
