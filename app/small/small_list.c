/* Lists that grow. What a user sees of one is the head of what is kept of it here. */
#include <glib.h>

typedef struct own_array {
    GArray seen;
    gsize size, room;
    gboolean zero_end;
} own_array;

typedef struct own_pointers {
    GPtrArray seen;
    gsize room;
    GDestroyNotify release;
} own_pointers;

struct GHashTable {
    GPtrArray *keys, *values;
};

/* Room for `count` items and one more, which zero_end asks for. */
static void make_room(own_array *a, gsize count)
{
    if (count + 1 <= a->room) return;
    gsize room = 2 * count + 8;
    a->seen.data = g_realloc_n(a->seen.data, room, a->size);
    memset(a->seen.data + a->room * a->size, 0, (room - a->room) * a->size);
    a->room = room;
}

/* Memory that items have left is zero again: `zeroed` and zero_end both promise no more. */
GArray *g_array_new(gboolean zero_end, gboolean zeroed, guint size)
{
    own_array *a = g_new0(own_array, 1);
    (void)zeroed;
    a->size = size;
    a->zero_end = zero_end;
    if (zero_end) make_room(a, 0);
    return &a->seen;
}

char *g_array_free(GArray *array, gboolean all)
{
    char *data = array->data;
    g_free(array);
    if (!all) return data;
    g_free(data);
    return NULL;
}

GArray *g_array_append_vals(GArray *array, gconstpointer values, guint count)
{
    own_array *a = (own_array *)array;
    make_room(a, (gsize)array->len + count);
    memcpy(array->data + array->len * a->size, values, count * a->size);
    array->len += count;
    return array;
}

GArray *g_array_set_size(GArray *array, guint count)
{
    own_array *a = (own_array *)array;
    make_room(a, count);
    if (count < array->len)
        memset(array->data + count * a->size, 0, (array->len - count) * a->size);
    array->len = count;
    return array;
}

static int by_two(gconstpointer a, gconstpointer b, gpointer data)
{
    return (*(GCompareFunc *)data)(a, b);
}

void g_array_sort(GArray *array, GCompareFunc compare)
{
    const own_array *a = (const own_array *)array;
    g_qsort_with_data(array->data, (gint)array->len, a->size, by_two, &compare);
}

GPtrArray *g_ptr_array_new_with_free_func(GDestroyNotify release)
{
    own_pointers *p = g_new0(own_pointers, 1);
    p->release = release;
    return &p->seen;
}

GPtrArray *g_ptr_array_new(void)
{
    return g_ptr_array_new_with_free_func(NULL);
}

void g_ptr_array_add(GPtrArray *array, gpointer item)
{
    own_pointers *p = (own_pointers *)array;
    if (array->len == p->room) {
        p->room = 2 * p->room + 8;
        array->pdata = g_renew(gpointer, array->pdata, p->room);
    }
    array->pdata[array->len++] = item;
}

gpointer g_ptr_array_remove_index(GPtrArray *array, guint index)
{
    const own_pointers *p = (const own_pointers *)array;
    gpointer item = array->pdata[index];
    array->len--;
    memmove(array->pdata + index, array->pdata + index + 1,
            (array->len - index) * sizeof *array->pdata);
    if (p->release) p->release(item);
    return item;
}

gpointer *g_ptr_array_free(GPtrArray *array, gboolean all)
{
    const own_pointers *p = (const own_pointers *)array;
    gpointer *items = array->pdata;
    for (guint i = 0; all && p->release && i < array->len; i++)
        p->release(items[i]);
    g_free(array);
    if (!all) return items;
    g_free(items);
    return NULL;
}

GByteArray *g_byte_array_new(void)
{
    return (GByteArray *)(void *)g_array_new(FALSE, FALSE, 1);
}

GByteArray *g_byte_array_append(GByteArray *array, const guint8 *bytes, guint count)
{
    g_array_append_vals((GArray *)(void *)array, bytes, count);
    return array;
}

guint8 *g_byte_array_free(GByteArray *array, gboolean all)
{
    return (guint8 *)g_array_free((GArray *)(void *)array, all);
}

guint g_str_hash(gconstpointer key)
{
    guint hash = 5381;
    for (const unsigned char *c = key; *c; c++)
        hash = hash * 33 + *c;
    return hash;
}

gboolean g_str_equal(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b) == 0;
}

/* A list: a table here holds some dozens of words. */
GHashTable *g_hash_table_new(GHashFunc hash, GEqualFunc equal)
{
    GHashTable *table = g_new(GHashTable, 1);
    (void)hash, (void)equal;
    *table = (GHashTable){g_ptr_array_new(), g_ptr_array_new()};
    return table;
}

gpointer g_hash_table_lookup(GHashTable *table, gconstpointer key)
{
    for (guint i = 0; i < table->keys->len; i++)
        if (g_str_equal(table->keys->pdata[i], key)) return table->values->pdata[i];
    return NULL;
}

gboolean g_hash_table_insert(GHashTable *table, gpointer key, gpointer value)
{
    for (guint i = 0; i < table->keys->len; i++)
        if (g_str_equal(table->keys->pdata[i], key)) {
            table->values->pdata[i] = value;
            return FALSE;
        }
    g_ptr_array_add(table->keys, key);
    g_ptr_array_add(table->values, value);
    return TRUE;
}

/* Merges [0, half) and [half, count) by way of `spare`; of equals the left one comes first. */
static void merge(char *items, gsize half, gsize count, gsize size, char *spare,
                  GCompareDataFunc compare, gpointer data)
{
    memcpy(spare, items, half * size);
    for (gsize left = 0, right = half, to = 0; left < half; to++) {
        bool from_right =
            right < count && compare(items + right * size, spare + left * size, data) < 0;
        memmove(items + to * size, from_right ? items + right * size : spare + left * size, size);
        if (from_right)
            right++;
        else
            left++;
    }
}

static void sort(char *items, gsize count, gsize size, char *spare, GCompareDataFunc compare,
                 gpointer data)
{
    gsize half = count / 2;
    if (count < 2) return;
    sort(items, half, size, spare, compare, data);
    sort(items + half * size, count - half, size, spare, compare, data);
    merge(items, half, count, size, spare, compare, data);
}

void g_qsort_with_data(gconstpointer items, gint count, gsize size, GCompareDataFunc compare,
                       gpointer data)
{
    char *spare = g_malloc_n((gsize)MAX(count, 1), size);
    sort((char *)(uintptr_t)items, (gsize)MAX(count, 0), size, spare, compare, data);
    g_free(spare);
}
