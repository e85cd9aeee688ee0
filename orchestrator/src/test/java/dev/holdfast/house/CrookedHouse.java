package dev.holdfast.house;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * A house for trying rules on: classes compiled on the spot, so that none of them is among ours.
 */
final class CrookedHouse {

  /** One source file with one class in it. */
  record Source(String packageName, String className, String body) {

    String name() {
      return packageName + "." + className;
    }

    private JavaFileObject file() {
      var uri = URI.create("string:///" + name().replace('.', '/') + ".java");
      return new SimpleJavaFileObject(uri, JavaFileObject.Kind.SOURCE) {
        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
          return "package " + packageName + ";\n" + body;
        }
      };
    }
  }

  private CrookedHouse() {}

  /** Compiles the sources into a directory and reads the classes back. */
  static JavaClasses build(Path directory, List<Source> sources) {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var problems = new DiagnosticCollector<JavaFileObject>();
    try (var files = compiler.getStandardFileManager(problems, Locale.ROOT, null)) {
      var options =
          List.of(
              "-d",
              directory.toString(),
              "-proc:none",
              "-cp",
              System.getProperty("java.class.path"));
      var compiled =
          compiler
              .getTask(
                  null, files, problems, options, null, sources.stream().map(Source::file).toList())
              .call();
      if (!compiled) {
        throw new IllegalArgumentException(problems.getDiagnostics().toString());
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return new ClassFileImporter().importPath(directory);
  }
}
