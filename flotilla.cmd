@echo off
rem Starts Flotilla on Windows: needs JAVA_HOME or a java on the PATH, 25 or newer.
setlocal
set "FLOTILLA_DIR=%~dp0"
set "JAR=%FLOTILLA_DIR%verticles\target\flotilla\lib\flotilla.jar"
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
if exist "%JAR%" goto run
where mvn >nul 2>nul
if errorlevel 1 (
  echo flotilla: the first start builds Flotilla, and Maven ^(mvn^) is not on the PATH. 1>&2
  exit /b 1
)
echo flotilla: first start, building. This takes a few minutes. 1>&2
pushd "%FLOTILLA_DIR%"
call mvn -q -B -DskipTests -Dspotless.check.skip=true -pl verticles -am package 1>&2
if errorlevel 1 (
  popd
  echo flotilla: the build failed; its messages are above. 1>&2
  exit /b 1
)
popd
:run
"%JAVA%" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -XX:+UseSerialGC "-Dflotilla.home=%FLOTILLA_DIR%." %FLOTILLA_JAVA_OPTS% -jar "%JAR%" %*
exit /b %ERRORLEVEL%
