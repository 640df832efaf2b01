/**
 * A property of orders, after `sh:property`, that every order has and that no row of the kernel can
 * say: flags are the engine's. With it shapes on orders are validated warm, and stay local.
 */
export const onlyWarm = '[ sh:path t:customer ; sh:pattern "." ; sh:flags "s" ]';
