/* include/pensel.h alone, as strict C11 and as C++: the test is that this compiles without a
 * warning. */
#include "pensel.h"

int main(void)
{
    return pensel_version() == 0;
}
