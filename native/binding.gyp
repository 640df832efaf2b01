# The host's own build, by prebuildify: for a platform that has no prebuild, or another compiler.
# It lies in native/ because npm would build whatever it finds beside package.json.
{
  "variables": {
    "knhk_flags": [
      "-std=c17", "-O2", "-ffreestanding", "-fvisibility=hidden", "-fno-stack-protector",
      "-fno-math-errno", "-Wall", "-Wextra",
    ],
  },
  "targets": [
    {
      "target_name": "knhk",
      "sources": ["src/kernel.c", "src/addon.c"],
      "defines": ["NAPI_VERSION=8"],
      "cflags_c": ["<@(knhk_flags)"],
      "cflags!": ["-O3"],
      "xcode_settings": {
        "OTHER_CFLAGS": ["<@(knhk_flags)"],
        "MACOSX_DEPLOYMENT_TARGET": "11.0",
      },
      "conditions": [
        # The sources are written for gcc and clang; Visual Studio brings clang along.
        ["OS=='win'", {
          "msbuild_toolset": "ClangCL",
          "win_delay_load_hook": "false",
          "defines": ["KNHK_HOSTED"],
        }],
        ["OS=='linux'", {
          "cflags_c": ["-fno-tree-vectorize", "-fno-tree-slp-vectorize"],
        }],
      ],
    },
  ],
}
