#include "deploy.h"

#include <stdio.h>

int main(int argc, char** argv) {
    static char json[65536];
    FILE* file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL) {
        fprintf(stderr, "usage: consumer SPEC\n");
        return 2;
    }
    const size_t size = fread(json, 1, sizeof json, file);
    fclose(file);
    return deploy(json, size);
}
