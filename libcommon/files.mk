include $(wildcard libcommon/*/files.mk)
